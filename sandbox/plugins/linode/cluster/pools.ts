import { z } from "zod";
import { sameValue } from "../../frame/values.ts";
import { pauseFor } from "../client.ts";
import type { Operation } from "../resource.ts";
import { type LivePool, poolAnswer } from "./answers.ts";

/** What a program wants of a pool, in the SDK's form. */
export const poolSpec = z.object({
  type: z.string(),
  count: z.number().optional(),
  autoscaler: z.object({ min: z.number(), max: z.number() }).optional(),
  labels: z.record(z.string(), z.string()).default({}),
  taints: z.array(z.object({ effect: z.string(), key: z.string(), value: z.string() })).default([]),
  tags: z.array(z.string()).default([]),
  k8sVersion: z.string().optional(),
  updateStrategy: z.string().optional(),
});

/** A pool that is wanted. */
export type PoolSpec = z.output<typeof poolSpec>;

/** A pool as a state tells it; what only the API knows of a pool that has yet to be found there is not known. */
export const knownPool = poolSpec.extend({
  id: z.number().optional().catch(undefined),
  count: z.number().optional().catch(undefined),
  k8sVersion: z.string().optional().catch(undefined),
  updateStrategy: z.string().optional().catch(undefined),
});

type KnownPool = z.output<typeof knownPool>;

/** The body that creates a pool. Without a count, it begins with as many nodes as the autoscaler has at least. */
export function poolCreation({ autoscaler, count, k8sVersion, updateStrategy, ...pool }: PoolSpec) {
  return {
    ...pool,
    count: count ?? autoscaler?.min,
    ...(autoscaler === undefined ? {} : { autoscaler: { enabled: true, ...autoscaler } }),
    ...enterpriseMembers(k8sVersion, updateStrategy),
  };
}

/** The body that makes an existing pool what is wanted. */
export function poolUpdate({ count, autoscaler, labels, taints, tags, ...pool }: PoolSpec, nodes: number) {
  const size = count ?? nodes;
  return {
    count,
    labels,
    taints,
    tags,
    autoscaler:
      autoscaler === undefined ? { enabled: false, min: size, max: size } : { enabled: true, ...autoscaler },
    ...enterpriseMembers(pool.k8sVersion, pool.updateStrategy),
  };
}

function enterpriseMembers(k8sVersion = "", updateStrategy = "") {
  return {
    ...(k8sVersion === "" ? {} : { k8s_version: k8sVersion }),
    ...(updateStrategy === "" ? {} : { update_strategy: updateStrategy }),
  };
}

/**
 * Puts the API's pools into the order of those that are known: each at the place of the one with its id, or else of the
 * first one that it looks like. Where a known pool is not to be found, there is a gap; pools that nobody knows come last.
 */
export function orderPools(live: readonly LivePool[], known: readonly KnownPool[]): (LivePool | undefined)[] {
  const left = new Map(live.map((pool) => [pool.id, pool]));
  const take = (pool: LivePool | undefined) => {
    left.delete(pool?.id ?? Number.NaN);
    return pool;
  };
  const byId = known.map(({ id }) => take(left.get(id ?? Number.NaN)));
  const ordered = byId.map((pool, index) => {
    const twin = known[index];
    return (
      pool ?? take([...left.values()].find((candidate) => twin !== undefined && isWanted(candidate, twin)))
    );
  });
  return [...ordered, ...left.values()];
}

/** Whether a pool is what is wanted. */
export function isWanted(live: LivePool, wanted: PoolSpec): boolean {
  return (
    live.type === wanted.type &&
    (wanted.count === undefined || wanted.count === live.count) &&
    sameValue(live.autoscaler, wanted.autoscaler) &&
    sameValue(live.labels, wanted.labels) &&
    sameItems(live.taints, wanted.taints) &&
    sameItems(live.tags, wanted.tags) &&
    [undefined, "", live.k8sVersion].includes(wanted.k8sVersion) &&
    [undefined, "", live.updateStrategy].includes(wanted.updateStrategy)
  );
}

/**
 * Makes a cluster's pools what is wanted. The official provider tells pools apart by position, and so does this: one
 * that is taken away from the front turns each later one into another.
 * @param live In the order of the state; a pool is made where there is a gap.
 */
export async function reconcilePools(
  operation: Operation,
  path: string,
  live: readonly (LivePool | undefined)[],
  wanted: readonly PoolSpec[],
): Promise<void> {
  const { client } = operation;
  const changed: number[] = [];
  const superfluous = live.slice(wanted.length).filter((pool) => pool !== undefined);
  const create = async (spec: PoolSpec) => {
    const body = poolCreation(spec);
    const { id } = await client.send({ ...operation, method: "POST", path, body, answer: poolAnswer });
    changed.push(id);
  };
  for (const [index, spec] of wanted.entries()) {
    const pool = live[index];
    if (pool === undefined) {
      await create(spec);
    } else if (pool.type !== spec.type) {
      await create(spec);
      superfluous.push(pool);
    } else if (!isWanted(pool, spec)) {
      const body = poolUpdate(spec, pool.count);
      await client.send({
        ...operation,
        method: "PUT",
        path: `${path}/${String(pool.id)}`,
        body,
        answer: poolAnswer,
      });
      changed.push(pool.id);
    }
  }
  for (const { id } of superfluous) {
    await client.send({ ...operation, method: "DELETE", path: `${path}/${String(id)}`, answer: z.unknown() });
  }
  for (const id of changed) {
    await nodesReady(operation, `${path}/${String(id)}`);
  }
}

/** Waits until a pool has no node that is not ready. */
export async function nodesReady({ client, signal, report }: Operation, path: string): Promise<void> {
  for (;;) {
    const { nodes, id } = await client.send({ method: "GET", path, answer: poolAnswer, signal, report });
    const waitingFor = nodes.filter(({ status }) => status === "not_ready").length;
    if (waitingFor === 0) {
      return;
    }
    report?.(`waiting for ${String(waitingFor)} of ${String(nodes.length)} nodes of pool ${String(id)}`);
    await pauseFor(client.settings.nodePoll, signal);
  }
}

function sameItems(
  one: readonly object[] | readonly string[],
  other: readonly object[] | readonly string[],
): boolean {
  const texts = (items: readonly unknown[]) =>
    items
      .map((item) =>
        JSON.stringify(typeof item === "object" && item !== null ? Object.entries(item).toSorted() : item),
      )
      .toSorted();
  return sameValue(texts(one), texts(other));
}
