import {
  ApiException,
  CustomObjectsApi,
  PatchStrategy,
  setHeaderOptions,
  type KubeConfig,
} from "@kubernetes/client-node";

import { apiFailure } from "../../components/cluster/api-failure.ts";
import { actionNeeded, unreachable } from "../failure.ts";
import { syncedKinds, type SyncedKind, type SyncedObject, type SyncedPlace } from "./synced-object.ts";

/** What External Secrets works on in a region's cluster. */
export class SyncedObjects {
  readonly #api: CustomObjectsApi;

  constructor(config: KubeConfig) {
    this.#api = config.makeApiClient(CustomObjectsApi);
  }

  /** An object; undefined if there is none. @throws Failure if it can't be read. */
  async find(place: SyncedPlace): Promise<SyncedObject | undefined> {
    const { kind, namespace, name } = place;
    try {
      return (await this.#api.getNamespacedCustomObject({
        ...syncedKinds[kind],
        namespace,
        name,
      })) as SyncedObject;
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return undefined;
      }
      throw failure(titleOf(place), error);
    }
  }

  /** The same of one that must be there. @throws Failure also if it is not. */
  async read(place: SyncedPlace): Promise<SyncedObject> {
    const found = await this.find(place);
    if (found === undefined) {
      throw actionNeeded(missing(place));
    }
    return found;
  }

  /** All objects of a kind, whatever their namespaces. @throws Failure if they can't be read. */
  async all(kind: SyncedKind): Promise<readonly SyncedObject[]> {
    try {
      const { group, version, plural } = syncedKinds[kind];
      const listed = (await this.#api.listCustomObjectForAllNamespaces({
        group,
        version,
        resourcePlural: plural,
      })) as { readonly items: readonly SyncedObject[] };
      return listed.items;
    } catch (error) {
      throw failure(`the list of ${kind}s`, error);
    }
  }

  /**
   * Has External Secrets work on an object now: it does so when an annotation changes, and otherwise only at intervals.
   * @throws Failure if there is none, or it can't be changed.
   */
  async trigger(place: SyncedPlace, time: Date): Promise<void> {
    const { kind, namespace, name } = place;
    const body = { metadata: { annotations: { "force-sync": time.toISOString() } } };
    try {
      await this.#api.patchNamespacedCustomObject(
        { ...syncedKinds[kind], namespace, name, body, fieldManager: "vfed" },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
    } catch (error) {
      throw failure(titleOf(place), error);
    }
  }
}

/** What to do about an object that is not there. */
export function missing(place: SyncedPlace): string {
  return `there is no ${titleOf(place)}; run \`pulumi up\``;
}

function titleOf({ kind, namespace, name }: SyncedPlace): string {
  return `${kind} ${namespace}/${name}`;
}

function failure(what: string, error: unknown): Error {
  return unreachable(
    `${what} can't be read or changed: ${apiFailure(error)}. Once that is mended, try again.`,
    error,
  );
}
