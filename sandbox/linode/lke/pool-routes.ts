import type { FastifyInstance } from "fastify";
import { badRequest, notFound } from "../answer.ts";
import { type Emulator, pathId, pathText } from "../emulator.ts";
import { listing } from "../listing.ts";
import { type LinodeState, takeId } from "../state.ts";
import { parseBody } from "../validation.ts";
import { requireRoomForNodes } from "./capacity.ts";
import {
  type ClusterRecord,
  clusterOf,
  dismiss,
  newNode,
  nodesOf,
  type PoolRecord,
  poolOf,
  resizePool,
} from "./records.ts";
import { poolCreation, type PoolCreation, poolUpdate, type PoolUpdate } from "./schema.ts";
import { nodeAnswer, poolAnswer } from "./views.ts";
import { changeCluster, observe } from "./work.ts";

const POOLS = "/lke/clusters/:clusterId/pools";
const NODES = "/lke/clusters/:clusterId/nodes";

/** Node pools and nodes of a cluster. */
export function poolRoutes(api: FastifyInstance, emulator: Emulator): void {
  const { store } = emulator;

  api.get(POOLS, async (request) => {
    const id = pathId(request, "clusterId");
    const observed = await observe(emulator, id);
    return listing(
      request,
      clusterOf(store.state, id).pools.map((pool) => poolAnswer(pool, observed)),
    );
  });

  api.post(POOLS, (request) => {
    const id = pathId(request, "clusterId");
    clusterOf(store.state, id);
    const body = parseBody(poolCreation, request.body);
    const pool = changeCluster(emulator, id, (cluster, state) => {
      requireRoomForNodes(emulator, nodesOf(cluster).length + body.count);
      const created = newPool(state, body);
      cluster.pools.push(created);
      return created;
    });
    return poolAnswer(pool, { readyNodes: new Set() });
  });

  api.get(`${POOLS}/:poolId`, async (request) => {
    const id = pathId(request, "clusterId");
    const observed = await observe(emulator, id);
    return poolAnswer(poolOf(clusterOf(store.state, id), pathId(request, "poolId")), observed);
  });

  api.put(`${POOLS}/:poolId`, async (request) => {
    const id = pathId(request, "clusterId");
    const poolId = pathId(request, "poolId");
    poolOf(clusterOf(store.state, id), poolId);
    const body = parseBody(poolUpdate, request.body);
    const pool = changeCluster(emulator, id, (cluster, state) => {
      const changed = poolOf(cluster, poolId);
      const growth = size(changed, body) - changed.nodes.length;
      if (growth > 0) {
        requireRoomForNodes(emulator, nodesOf(cluster).length + growth);
      }
      return updatePool(state, cluster, changed, body);
    });
    return poolAnswer(pool, await observe(emulator, id));
  });

  api.delete(`${POOLS}/:poolId`, (request) => {
    const poolId = pathId(request, "poolId");
    changeCluster(emulator, pathId(request, "clusterId"), (cluster) => {
      const pool = poolOf(cluster, poolId);
      if (cluster.pools.length === 1) {
        throw badRequest("A cluster must keep at least one node pool");
      }
      cluster.pools = cluster.pools.filter(({ id }) => id !== poolId);
      dismiss(cluster, pool.nodes);
    });
    return {};
  });

  api.post(`${POOLS}/:poolId/recycle`, (request) => {
    const poolId = pathId(request, "poolId");
    changeCluster(emulator, pathId(request, "clusterId"), (cluster) => {
      enqueue(
        cluster,
        poolOf(cluster, poolId).nodes.map(({ id }) => id),
      );
    });
    return {};
  });
  nodeRoutes(api, emulator);
}

function nodeRoutes(api: FastifyInstance, emulator: Emulator): void {
  api.get(`${NODES}/:nodeId`, async (request) => {
    const id = pathId(request, "clusterId");
    const nodeId = pathText(request, "nodeId");
    const { readyNodes } = await observe(emulator, id);
    const node = nodesOf(clusterOf(emulator.store.state, id)).find((candidate) => candidate.id === nodeId);
    if (node === undefined) {
      throw notFound();
    }
    return nodeAnswer(node, readyNodes);
  });

  api.delete(`${NODES}/:nodeId`, (request) => {
    const nodeId = pathText(request, "nodeId");
    changeCluster(emulator, pathId(request, "clusterId"), (cluster) => {
      const pool = poolOfNode(cluster, nodeId);
      if (pool.nodes.length === 1) {
        throw badRequest("A node pool must keep at least one node");
      }
      dismiss(
        cluster,
        pool.nodes.filter(({ id }) => id === nodeId),
      );
      pool.nodes = pool.nodes.filter(({ id }) => id !== nodeId);
    });
    return {};
  });

  api.post(`${NODES}/:nodeId/recycle`, (request) => {
    const nodeId = pathText(request, "nodeId");
    changeCluster(emulator, pathId(request, "clusterId"), (cluster) => {
      poolOfNode(cluster, nodeId);
      enqueue(cluster, [nodeId]);
    });
    return {};
  });
}

/** Makes a pool with its nodes, for a cluster that it has yet to be added to. */
export function newPool(state: LinodeState, body: PoolCreation): PoolRecord {
  const id = takeId(state);
  return {
    id,
    type: body.type,
    diskEncryption: body.disk_encryption,
    label: body.label ?? "",
    tags: body.tags ?? [],
    labels: body.labels ?? {},
    taints: body.taints ?? [],
    autoscaler: bounds(body.autoscaler),
    nodes: Array.from({ length: body.count }, () => newNode(state, id)),
  };
}

function updatePool(
  state: LinodeState,
  cluster: ClusterRecord,
  pool: PoolRecord,
  body: PoolUpdate,
): PoolRecord {
  pool.label = body.label ?? pool.label;
  pool.tags = body.tags ?? pool.tags;
  pool.labels = body.labels ?? pool.labels;
  pool.taints = body.taints ?? pool.taints;
  pool.autoscaler = body.autoscaler === undefined ? pool.autoscaler : bounds(body.autoscaler);
  resizePool(state, cluster, pool, size(pool, body));
  return pool;
}

/** How many nodes a changed pool has: no load ever keeps an autoscaler from going down to its new minimum. */
function size(pool: PoolRecord, { count, autoscaler }: PoolUpdate): number {
  return count ?? bounds(autoscaler)?.min ?? pool.nodes.length;
}

function bounds(autoscaler: PoolUpdate["autoscaler"]): PoolRecord["autoscaler"] {
  return autoscaler?.enabled === true ? { min: autoscaler.min, max: autoscaler.max } : null;
}

function enqueue(cluster: ClusterRecord, nodeIds: readonly string[]): void {
  cluster.recycling = [...new Set([...cluster.recycling, ...nodeIds])];
}

function poolOfNode(cluster: ClusterRecord, nodeId: string): PoolRecord {
  const pool = cluster.pools.find(({ nodes }) => nodes.some(({ id }) => id === nodeId));
  if (pool === undefined) {
    throw notFound();
  }
  return pool;
}
