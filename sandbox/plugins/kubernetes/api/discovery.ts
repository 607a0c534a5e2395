import type { Properties } from "../../frame/values.ts";
import type { ApiClient } from "./client.ts";
import { ApiError } from "./api-error.ts";
import { listAt, textAt, valueAt } from "./fields.ts";

/** How the API server serves a kind. */
export interface ServedKind {
  /** Name in URLs, such as `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Says how kinds are served: what the API server knows, and what the program is about to teach it. */
export class Discovery {
  readonly #client: ApiClient;
  readonly #versions = new Map<string, Promise<ReadonlyMap<string, ServedKind>>>();
  /** Whether kinds that CustomResourceDefinitions of the running program bring are namespaced. */
  readonly #declared = new Map<string, boolean>();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /**
   * How a kind is served, `undefined` if the server does not know it (yet).
   * @throws ApiError, UnreachableError
   */
  async find(apiVersion: string, kind: string): Promise<ServedKind | undefined> {
    const known = (await this.#kindsOf(apiVersion)).get(kind);
    if (known === undefined) {
      // A definition may have been created since; what is known stays valid, what is not is asked again.
      this.#versions.delete(apiVersion);
    }
    return known;
  }

  /** Remembers the kinds of a CustomResourceDefinition, so that its custom resources' scope is known before it exists. */
  declare(definition: Properties): void {
    const group = textAt(definition, "spec", "group");
    const kind = textAt(definition, "spec", "names", "kind");
    if (group === undefined || kind === undefined) {
      return;
    }
    const namespaced = textAt(definition, "spec", "scope") !== "Cluster";
    for (const version of listAt(definition, "spec", "versions")) {
      this.#declared.set(`${group}/${textAt(version, "name") ?? ""}/${kind}`, namespaced);
    }
  }

  /** Whether a kind is namespaced; `undefined` if neither the server nor the program says so. */
  async isNamespaced(apiVersion: string, kind: string): Promise<boolean | undefined> {
    const declared = this.#declared.get(`${apiVersion}/${kind}`);
    return declared ?? (await this.find(apiVersion, kind))?.namespaced;
  }

  #kindsOf(apiVersion: string): Promise<ReadonlyMap<string, ServedKind>> {
    const pending = this.#versions.get(apiVersion) ?? this.#fetchKinds(apiVersion);
    this.#versions.set(apiVersion, pending);
    // A failure is no knowledge.
    pending.catch(() => this.#versions.delete(apiVersion));
    return pending;
  }

  async #fetchKinds(apiVersion: string): Promise<ReadonlyMap<string, ServedKind>> {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    try {
      const answer = await this.#client.send({ method: "GET", path });
      const kinds = new Map<string, ServedKind>();
      for (const resource of listAt(answer, "resources")) {
        const plural = textAt(resource, "name") ?? "";
        // `pods/log` and the like are parts of a kind.
        if (!plural.includes("/")) {
          kinds.set(textAt(resource, "kind") ?? "", {
            plural,
            namespaced: valueAt(resource, "namespaced") === true,
          });
        }
      }
      return kinds;
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) {
        return new Map();
      }
      throw error;
    }
  }
}
