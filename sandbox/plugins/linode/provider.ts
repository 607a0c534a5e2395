import type { InvokeRequest, Provider } from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import { SchemaResource } from "../schema/resource.ts";
import { LinodeClient, LinodeFailure } from "./client.ts";
import { LKE_CLUSTER } from "./cluster/cluster.ts";
import { DOMAIN } from "./domain.ts";
import { DOMAIN_RECORD } from "./domain-record.ts";
import { FIREWALL } from "./firewall.ts";
import { FUNCTIONS } from "./functions.ts";
import { LKE_NODE_POOL } from "./node-pool.ts";
import { checkSettings, readSettings } from "./settings.ts";
import { TOKEN } from "./token.ts";

const KINDS = {
  "linode:index/lkeCluster:LkeCluster": LKE_CLUSTER,
  "linode:index/lkeNodePool:LkeNodePool": LKE_NODE_POOL,
  "linode:index/domain:Domain": DOMAIN,
  "linode:index/domainRecord:DomainRecord": DOMAIN_RECORD,
  "linode:index/firewall:Firewall": FIREWALL,
  "linode:index/token:Token": TOKEN,
};

/** Stands in for the official plugin `linode`: the types that a federation is made of, against the same API. */
export class LinodeProvider implements Provider {
  readonly name = "linode";
  readonly resources: ReadonlyMap<string, SchemaResource<LinodeClient>>;
  readonly #environment: NodeJS.ProcessEnv;
  #client: LinodeClient | undefined;

  /** @param environment Where LINODE_TOKEN and its like are looked up. */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
    const api = {
      client: () => this.#configured(),
      isGone: (error: unknown) => error instanceof LinodeFailure && error.status === 404,
    };
    this.resources = new Map(
      Object.entries(KINDS).map(([type, kind]) => [type, new SchemaResource(kind, api)]),
    );
  }

  checkConfig({ newConfig }: { newConfig: Properties }) {
    return { inputs: newConfig, failures: checkSettings(newConfig) };
  }

  configure(config: Properties): void {
    this.#client = new LinodeClient(readSettings(config, this.#environment));
  }

  async invoke({ token, args, signal }: InvokeRequest): Promise<Properties | undefined> {
    return FUNCTIONS.get(token)?.({ client: this.#configured(), signal }, args);
  }

  #configured(): LinodeClient {
    if (this.#client === undefined) {
      throw new Error("the linode provider was used before it was configured");
    }
    return this.#client;
  }
}
