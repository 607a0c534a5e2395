import type { CheckConfigRequest, CheckFailure, CheckResult, Provider } from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import type { Api, Kind } from "./kind.ts";
import { SchemaResource } from "./resource.ts";

/** What tells one {@link SchemaProvider} from another. */
export interface SchemaProviderParts<Client> extends Pick<Api<Client>, "isGone"> {
  /** The package's name, such as `linode`. */
  readonly name: string;
  /** How each type is managed, by its token. */
  readonly kinds: Readonly<Record<string, Kind<Client>>>;
  /** Finds what is wrong with the provider's configuration, which may hold unknowns. */
  readonly check: (config: Properties) => readonly CheckFailure[];
  /** Makes the API's client; nobody is asked yet, as the server may not be up. */
  readonly connect: (config: Properties) => Client;
  /** Gives back what the client holds outside; defaults to nothing. */
  readonly disconnect?: (client: Client) => Promise<void>;
}

/** A provider all of whose types are managed through one API, as their kinds say. */
export class SchemaProvider<Client> implements Provider {
  readonly name: string;
  readonly resources: ReadonlyMap<string, SchemaResource<Client>>;
  readonly #parts: SchemaProviderParts<Client>;
  #client: Client | undefined;

  constructor(parts: SchemaProviderParts<Client>) {
    this.name = parts.name;
    this.#parts = parts;
    const api: Api<Client> = { client: () => this.client, isGone: parts.isGone };
    this.resources = new Map(
      Object.entries(parts.kinds).map(([type, kind]) => [type, new SchemaResource(kind, api)]),
    );
  }

  checkConfig({ newConfig }: CheckConfigRequest): CheckResult {
    return { inputs: newConfig, failures: this.#parts.check(newConfig) };
  }

  configure(config: Properties): void {
    this.#client = this.#parts.connect(config);
  }

  async close(): Promise<void> {
    if (this.#client !== undefined) {
      await this.#parts.disconnect?.(this.#client);
    }
  }

  /** The API's client. @throws Error before the provider is configured. */
  protected get client(): Client {
    if (this.#client === undefined) {
      throw new Error(`the ${this.name} provider was used before it was configured`);
    }
    return this.#client;
  }
}
