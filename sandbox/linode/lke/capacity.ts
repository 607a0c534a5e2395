import { badRequest } from "../answer.ts";
import type { Emulator } from "../emulator.ts";

/**
 * Refuses a cluster more than can exist at the same time.
 * @throws ApiError 400 that names the clusters that there are.
 */
export function requireRoomForCluster({ store, provisioner }: Emulator): void {
  const { clusters } = store.state;
  if (clusters.length >= (provisioner.capacity ?? Infinity)) {
    throw badRequest(
      `Account limit reached: there can be ${String(provisioner.capacity)} clusters, and there are ` +
        `${clusters.map(({ label }) => label).join(", ")}; delete one of them first`,
    );
  }
}

/**
 * Refuses more nodes than one cluster can have.
 * @param nodes Nodes of all of its pools, as they would be.
 * @throws ApiError 400 with the limit.
 */
export function requireRoomForNodes({ provisioner }: Emulator, nodes: number): void {
  if (nodes > (provisioner.nodeCapacity ?? Infinity)) {
    throw badRequest(
      `A cluster can have ${String(provisioner.nodeCapacity)} nodes at most in all of its pools, and ${String(nodes)} ` +
        "are wanted; lower the counts",
      "count",
    );
  }
}
