import { V1ObjectMeta } from "@kubernetes/client-node";

import type { SyncedKind, SyncedObject, SyncedPlace } from "../../cli/external-secrets/synced-object.ts";
import type { SyncedObjects } from "../../cli/external-secrets/synced-objects.ts";

const failed = { conditions: [{ type: "Ready", status: "False", message: "no route to host" }] };
const synced = { syncedResourceVersion: "2-x", conditions: [{ type: "Ready", status: "True" }] };

/** A cluster whose operator succeeds with what it is made to look at, unless its name is said to fail. */
export class SyncedCluster implements Pick<SyncedObjects, "all" | "read" | "trigger"> {
  /** What the operator was made to look at, as `kind namespace/name`. */
  readonly triggered: string[] = [];
  readonly #failing: readonly string[];

  constructor(...failing: string[]) {
    this.#failing = failing;
  }

  /** Pushes to a peer, and one to the region's own Vault. */
  all(kind: SyncedKind): Promise<readonly SyncedObject[]> {
    return Promise.resolve(
      kind === "PushSecret"
        ? [push("one", "vault-remote"), push("two", "vault-remote"), push("own", "vault-local")]
        : [],
    );
  }

  read({ kind, namespace, name }: SyncedPlace): Promise<SyncedObject> {
    const isDone = this.triggered.includes(`${kind} ${namespace}/${name}`) && !this.#failing.includes(name);
    return Promise.resolve({ status: isDone ? synced : failed });
  }

  trigger({ kind, namespace, name }: SyncedPlace): Promise<void> {
    this.triggered.push(`${kind} ${namespace}/${name}`);
    return Promise.resolve();
  }
}

function push(name: string, store: string): SyncedObject {
  const metadata = Object.assign(new V1ObjectMeta(), { name, namespace: "secret-sources" });
  return { metadata, spec: { secretStoreRefs: [{ name: store }], data: [] }, status: failed };
}
