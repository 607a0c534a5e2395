import { randomBytes } from "node:crypto";
import { notFound } from "../answer.ts";
import type { DesiredCluster, NodeTaint } from "../provisioner.ts";
import { type LinodeState, takeId } from "../state.ts";

/** A node that the emulator has decided on; whether it is Ready only the provisioner knows. */
export interface NodeRecord {
  /** `<pool id>-<hex>` */
  readonly id: string;
  /** Id of the Linode instance behind the node. */
  readonly instanceId: number;
}

/** A node pool. Its nodes are as many as it asks for. */
export interface PoolRecord {
  readonly id: number;
  readonly type: string;
  readonly diskEncryption: "enabled" | "disabled";
  label: string;
  tags: string[];
  labels: Record<string, string>;
  taints: NodeTaint[];
  /** Bounds of the autoscaler; null when it is off. They are kept, nothing scales by them. */
  autoscaler: { min: number; max: number } | null;
  nodes: NodeRecord[];
}

/** Who may reach the control plane; kept and answered, not enforced. */
export interface AclRecord {
  enabled: boolean;
  revisionId: string;
  ipv4: string[];
  ipv6: string[];
}

/** A cluster, as far as it was asked for through the API. */
export interface ClusterRecord {
  readonly id: number;
  readonly region: string;
  readonly created: string;
  updated: string;
  label: string;
  kubernetesVersion: string;
  highAvailability: boolean;
  acl: AclRecord;
  tags: string[];
  pools: PoolRecord[];
  /** Ids of the nodes still to be replaced, in that order. */
  recycling: string[];
  /** Nodes that are not wanted any more, but perhaps still there. */
  departing: NodeRecord[];
  /** Whether the cluster was deleted, and waits for its removal. */
  deleting: boolean;
}

/**
 * Finds a cluster.
 * @throws ApiError 404
 */
export function clusterOf(state: LinodeState, id: number): ClusterRecord {
  const cluster = state.clusters.find((candidate) => candidate.id === id);
  if (cluster === undefined) {
    throw notFound();
  }
  return cluster;
}

/**
 * Finds a pool of a cluster.
 * @throws ApiError 404
 */
export function poolOf(cluster: ClusterRecord, id: number): PoolRecord {
  const pool = cluster.pools.find((candidate) => candidate.id === id);
  if (pool === undefined) {
    throw notFound();
  }
  return pool;
}

/** Makes a node for a pool. */
export function newNode(state: LinodeState, poolId: number): NodeRecord {
  return { id: `${String(poolId)}-${randomBytes(4).toString("hex")}0000`, instanceId: takeId(state) };
}

/** Gives a pool that many nodes: new ones are added at the end, and the newest ones go first. */
export function resizePool(
  state: LinodeState,
  cluster: ClusterRecord,
  pool: PoolRecord,
  count: number,
): void {
  while (pool.nodes.length < count) {
    pool.nodes.push(newNode(state, pool.id));
  }
  dismiss(cluster, pool.nodes.splice(count));
}

/** Notes that nodes, which are in no pool any more, have to go. */
export function dismiss(cluster: ClusterRecord, nodes: readonly NodeRecord[]): void {
  cluster.departing.push(...nodes);
}

/** All nodes of a cluster. */
export function nodesOf(cluster: ClusterRecord): NodeRecord[] {
  return cluster.pools.flatMap(({ nodes }) => nodes);
}

/** What the provisioner is asked for. */
export function desiredCluster(cluster: ClusterRecord): DesiredCluster {
  return {
    id: cluster.id,
    label: cluster.label,
    region: cluster.region,
    kubernetesVersion: cluster.kubernetesVersion,
    nodes: cluster.pools.flatMap((pool) =>
      pool.nodes.map((node) => ({
        ...node,
        type: pool.type,
        poolId: pool.id,
        labels: pool.labels,
        taints: pool.taints,
      })),
    ),
  };
}
