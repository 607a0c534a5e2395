import type { Properties } from "../../frame/values.ts";
import { ApiError } from "./api-error.ts";
import type { ApiClient } from "./client.ts";
import type { Discovery, ServedKind } from "./discovery.ts";
import { listAt } from "./fields.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** Identifies an object in a cluster. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Ignored for kinds without namespaces. */
  readonly namespace: string | undefined;
}

/** Options of a request that writes. */
export interface WriteOptions {
  /** Owner of the fields that are written. */
  readonly fieldManager: string;
  /** Whether the server only tries it out. Defaults to false. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What becomes of objects that a deleted one owns. */
export type DeletionPropagation = "Foreground" | "Background" | "Orphan";

/** The API server does not serve the kind: its CustomResourceDefinition is not there. */
export class UnknownKindError extends Error {
  override readonly name = "UnknownKindError";

  constructor(apiVersion: string, kind: string) {
    super(
      `the cluster does not know the kind ${kind} of ${apiVersion}; install its CustomResourceDefinition first`,
    );
  }
}

/** Reads and writes the objects of one cluster, of whatever kind. */
export class ObjectStore {
  readonly #client: ApiClient;
  readonly #discovery: Discovery;

  constructor(client: ApiClient, discovery: Discovery) {
    this.#client = client;
    this.#discovery = discovery;
  }

  /** Reads an object. @throws ApiError (404 if it is not there), UnknownKindError */
  async read(reference: ObjectReference, signal?: AbortSignal): Promise<KubernetesObject> {
    const path = await this.#pathOf(reference);
    return (await this.#client.send({ method: "GET", path, signal })) as KubernetesObject;
  }

  /** Reads an object, `undefined` if it or its kind is not there. */
  async find(reference: ObjectReference, signal?: AbortSignal): Promise<KubernetesObject | undefined> {
    try {
      return await this.read(reference, signal);
    } catch (error) {
      if (error instanceof UnknownKindError || (error instanceof ApiError && error.isNotFound)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Lists objects of a kind in a namespace, chosen by labels or fields (in the notation of URLs). */
  async list(
    selection: Omit<ObjectReference, "name"> & {
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
    },
    signal?: AbortSignal,
  ): Promise<readonly KubernetesObject[]> {
    const path = collectionPath(selection, await this.#served(selection));
    const { labelSelector, fieldSelector } = selection;
    const answer = await this.#client.send({
      method: "GET",
      path,
      query: { labelSelector, fieldSelector },
      signal,
    });
    // Members of a list come without their kind.
    return listAt(answer, "items").map((item) => ({
      ...(item as KubernetesObject),
      apiVersion: selection.apiVersion,
      kind: selection.kind,
    }));
  }

  /** Creates an object. */
  async create(
    reference: ObjectReference,
    object: Properties,
    options: WriteOptions,
  ): Promise<KubernetesObject> {
    const path = collectionPath(reference, await this.#served(reference));
    const { signal } = options;
    const answer = await this.#client.send({
      method: "POST",
      path,
      query: writeQuery(options),
      body: object,
      signal,
    });
    return answer as KubernetesObject;
  }

  /** Makes the given fields of an object what they are here (server-side apply); creates it where it is not there. */
  async apply(
    reference: ObjectReference,
    object: Properties,
    options: WriteOptions & { readonly force: boolean },
  ): Promise<KubernetesObject> {
    return this.#patch(reference, object, "application/apply-patch+yaml", {
      ...options,
      query: { force: String(options.force) },
    });
  }

  /** Changes an object by operations (JSON Patch). */
  async edit(
    reference: ObjectReference,
    operations: readonly Properties[],
    options: WriteOptions,
  ): Promise<KubernetesObject> {
    return this.#patch(reference, operations, "application/json-patch+json", options);
  }

  /** Puts an object in the place of the one of the same name and resource version. */
  async replace(
    reference: ObjectReference,
    object: Properties,
    options: WriteOptions,
  ): Promise<KubernetesObject> {
    const path = await this.#pathOf(reference);
    const { signal } = options;
    const answer = await this.#client.send({
      method: "PUT",
      path,
      query: writeQuery(options),
      body: object,
      signal,
    });
    return answer as KubernetesObject;
  }

  /** Asks for an object's deletion; it goes when its finalizers allow. */
  async delete(
    reference: ObjectReference,
    propagationPolicy: DeletionPropagation,
    signal?: AbortSignal,
  ): Promise<void> {
    const path = await this.#pathOf(reference);
    await this.#client.send({ method: "DELETE", path, body: { propagationPolicy }, signal });
  }

  async #patch(
    reference: ObjectReference,
    body: unknown,
    contentType: string,
    options: WriteOptions & { readonly query?: Record<string, string> },
  ): Promise<KubernetesObject> {
    const path = await this.#pathOf(reference);
    const query = { ...writeQuery(options), ...options.query };
    const { signal } = options;
    return (await this.#client.send({
      method: "PATCH",
      path,
      query,
      body,
      contentType,
      signal,
    })) as KubernetesObject;
  }

  async #pathOf(reference: ObjectReference): Promise<string> {
    const collection = collectionPath(reference, await this.#served(reference));
    return `${collection}/${encodeURIComponent(reference.name)}`;
  }

  async #served(reference: Omit<ObjectReference, "name">): Promise<ServedKind> {
    const served = await this.#discovery.find(reference.apiVersion, reference.kind);
    if (served === undefined) {
      throw new UnknownKindError(reference.apiVersion, reference.kind);
    }
    return served;
  }
}

function collectionPath(reference: Omit<ObjectReference, "name">, served: ServedKind): string {
  const { apiVersion, namespace } = reference;
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inside = served.namespaced ? `/namespaces/${encodeURIComponent(namespace ?? "default")}` : "";
  return `${root}${inside}/${served.plural}`;
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun === true ? "All" : undefined };
}
