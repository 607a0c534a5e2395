import { z } from "zod";

import type { LinodeClient } from "./linode-client.ts";
import { clusterType, type StackState, type StateResource } from "./state.ts";

const nodePoolType = "linode:index/lkeNodePool:LkeNodePool";

const clusterInputs = z.object({ label: z.string() });
const nodePoolInputs = z.object({
  clusterId: z.number(),
  type: z.string(),
  tags: z.array(z.string()).default([]),
});
const clusterOutputs = z.object({ pools: z.array(z.object({ id: z.number() })).default([]) });

/**
 * Removes what a killed update has made in the Linode account without noting it: the next one would make it a second time.
 * What it looks for is what the update had asked for; whatever the state has as finished stays, also under the same name.
 * @param onRemoval Hears what is removed.
 */
export async function removeUnrecorded(
  state: StackState,
  linode: LinodeClient,
  onRemoval: (what: string) => void = () => undefined,
): Promise<void> {
  for (const pending of state.pendingCreations) {
    if (pending.type === clusterType) {
      await removeCluster(pending, state.resources, linode, onRemoval);
    } else if (pending.type === nodePoolType) {
      await removeNodePool(pending, state.resources, linode, onRemoval);
    }
  }
}

async function removeCluster(
  pending: StateResource,
  resources: readonly StateResource[],
  linode: LinodeClient,
  onRemoval: (what: string) => void,
): Promise<void> {
  const { label } = clusterInputs.parse(pending.inputs);
  const recorded = idsOf(clusterType, resources);
  for (const cluster of await linode.clusters()) {
    if (cluster.label === label && !recorded.has(String(cluster.id))) {
      onRemoval(`cluster ${cluster.id} (${label})`);
      await linode.deleteCluster(cluster.id);
    }
  }
}

async function removeNodePool(
  pending: StateResource,
  resources: readonly StateResource[],
  linode: LinodeClient,
  onRemoval: (what: string) => void,
): Promise<void> {
  const { clusterId, type, tags } = nodePoolInputs.parse(pending.inputs);
  if (!(await linode.clusters()).some(({ id }) => id === clusterId)) {
    // Its cluster is gone, and with it the pool.
    return;
  }
  const recorded = new Set([...idsOf(nodePoolType, resources), ...poolsOfClusters(resources)]);
  for (const pool of await linode.pools(clusterId)) {
    const isAskedFor = pool.type === type && sameElements(pool.tags, tags);
    if (isAskedFor && !recorded.has(String(pool.id))) {
      onRemoval(`node pool ${pool.id} (${tags.join(", ")}) of cluster ${clusterId}`);
      await linode.deletePool(clusterId, pool.id);
    }
  }
}

function idsOf(type: string, resources: readonly StateResource[]): ReadonlySet<string> {
  return new Set(
    resources.flatMap((resource) =>
      resource.type === type && resource.id !== undefined ? [resource.id] : [],
    ),
  );
}

/** Pools that are part of a cluster's resource have none of their own. */
function poolsOfClusters(resources: readonly StateResource[]): readonly string[] {
  return resources
    .filter(({ type }) => type === clusterType)
    .flatMap(({ outputs }) => clusterOutputs.parse(outputs ?? {}).pools)
    .map(({ id }) => String(id));
}

function sameElements(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join("\n") === others.toSorted().join("\n");
}
