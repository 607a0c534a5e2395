import { timestamp, badRequest } from "../answer.ts";
import type { Emulator } from "../emulator.ts";
import type { ObservedCluster } from "../provisioner.ts";
import type { LinodeState } from "../state.ts";
import { type ClusterRecord, clusterOf } from "./records.ts";

/**
 * Changes a cluster and sets its worker to work.
 * @throws ApiError 404 for an unknown cluster, 400 for one that is being deleted.
 */
export function changeCluster<Result>(
  { store, workers }: Emulator,
  id: number,
  edit: (cluster: ClusterRecord, state: LinodeState) => Result,
): Result {
  const result = store.change((state) => {
    const cluster = clusterOf(state, id);
    if (cluster.deleting) {
      throw badRequest("The cluster is being deleted");
    }
    cluster.updated = timestamp(new Date());
    return edit(cluster, state);
  });
  workers.wake(id);
  return result;
}

/**
 * Looks at a cluster. What can't be looked at is not ready: the request is answered all the same.
 * @throws ApiError 404 for an unknown cluster.
 */
export async function observe({ store, provisioner, log }: Emulator, id: number): Promise<ObservedCluster> {
  const cluster = clusterOf(store.state, id);
  try {
    return await provisioner.observe(cluster.id);
  } catch (error) {
    log.warn(
      `cluster ${String(id)} can't be observed: ${error instanceof Error ? error.message : String(error)}`,
    );
    return { readyNodes: new Set() };
  }
}
