import { z } from "zod";
import { isProperties } from "../frame/values.ts";
import { poolAnswer } from "./cluster/answers.ts";
import { AUTOSCALER, TAGS, TAINTS } from "./cluster/fields.ts";
import { nodesReady, poolCreation, poolSpec, poolUpdate } from "./cluster/pools.ts";
import { ANYTHING } from "./client.ts";
import type { Kind } from "./resource.ts";

const nodePoolSpec = poolSpec
  .omit({ count: true })
  .extend({ clusterId: z.number(), nodeCount: z.number().optional() })
  .transform(({ nodeCount, ...spec }) => ({ ...spec, count: nodeCount }));

function poolsPath(state: object): string {
  return `/lke/clusters/${String(z.object({ clusterId: z.number() }).parse(state).clusterId)}/pools`;
}

/** `linode:index/lkeNodePool:LkeNodePool` */
export const LKE_NODE_POOL: Kind = {
  title: "LKE node pool",
  fields: {
    clusterId: { kind: "whole number", required: true },
    type: { kind: "text", required: true },
    nodeCount: { kind: "whole number", minimum: 1, computed: true },
    autoscaler: AUTOSCALER,
    labels: { kind: "map", computed: true },
    taints: TAINTS,
    tags: TAGS,
    k8sVersion: { kind: "text", computed: true },
    updateStrategy: { kind: "text", computed: true, allowed: ["rolling_update", "on_recycle"] },
    nodes: { kind: "output" },
    diskEncryption: { kind: "output" },
  },
  replaceOn: ["clusterId", "type"],
  timeouts: { create: 20, update: 20, delete: 20 },

  checkTogether: ({ nodeCount, autoscaler }) =>
    nodeCount === undefined && !isProperties(autoscaler)
      ? [{ property: "nodeCount", reason: "must be defined when no autoscaler is defined" }]
      : [],

  async create(operation, inputs) {
    const { clusterId, ...spec } = nodePoolSpec.parse(inputs);
    const path = poolsPath({ clusterId });
    const body = poolCreation(spec);
    const { id } = await operation.client.send({
      ...operation,
      method: "POST",
      path,
      body,
      answer: poolAnswer,
    });
    return { id: String(id), outputs: {} };
  },

  settle: (operation, id, state) => nodesReady(operation, `${poolsPath(state)}/${id}`),

  async read(operation, id, state) {
    const path = poolsPath(state);
    const { clusterId } = z.object({ clusterId: z.number() }).parse(state);
    const pool = await operation.client.send({
      ...operation,
      method: "GET",
      path: `${path}/${id}`,
      answer: poolAnswer,
    });
    return { ...pool, clusterId, nodeCount: pool.count, id: undefined, count: undefined };
  },

  async update(operation, id, state, inputs) {
    const { clusterId, ...spec } = nodePoolSpec.parse(inputs);
    const path = `${poolsPath({ clusterId })}/${id}`;
    const { nodeCount } = z.object({ nodeCount: z.number().default(1) }).parse(state);
    const body = poolUpdate(spec, nodeCount);
    await operation.client.send({ ...operation, method: "PUT", path, body, answer: poolAnswer });
  },

  async delete(operation, id, state) {
    const path = `${poolsPath(state)}/${id}`;
    await operation.client.send({ ...operation, method: "DELETE", path, answer: ANYTHING });
  },

  imported(id) {
    const [, clusterId, poolId] = /^(\d+),(\d+)$/.exec(id) ?? [];
    if (clusterId === undefined || poolId === undefined) {
      throw new Error(`a node pool is imported as <cluster id>,<pool id>, not as ${JSON.stringify(id)}`);
    }
    return { id: poolId, state: { clusterId: Number(clusterId) } };
  },
};
