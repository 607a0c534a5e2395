import type { V1Node, V1Taint } from "@kubernetes/client-node";
import type { DesiredNode, NodeTaint } from "../linode/provisioner.ts";

/** Labels and taints that the sandbox gives a node. */
export interface NodeMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
}

/** What LKE puts on a node: its pool, plan and region, and the labels and taints of its pool. */
export function desiredMetadata(node: DesiredNode, region: string): NodeMetadata {
  return {
    labels: {
      ...node.labels,
      "lke.linode.com/pool-id": String(node.poolId),
      "node.kubernetes.io/instance-type": node.type,
      "topology.kubernetes.io/region": region,
    },
    taints: node.taints,
  };
}

/**
 * The merge patch that brings a Node from what was set last to what is desired, or undefined if nothing changes. Labels
 * and taints that somebody else set stay.
 */
export function metadataPatch(
  node: V1Node,
  previous: NodeMetadata,
  desired: NodeMetadata,
): object | undefined {
  const current = node.metadata?.labels ?? {};
  const removed = Object.keys(previous.labels).filter(
    (label) => !(label in desired.labels) && label in current,
  );
  const changed = Object.entries(desired.labels).filter(([label, value]) => current[label] !== value);
  const taints = mergeTaints(node.spec?.taints ?? [], previous.taints, desired.taints);
  if (removed.length === 0 && changed.length === 0 && taints === undefined) {
    return undefined;
  }
  return {
    metadata: {
      // Refused if the node changed meanwhile: a list is written as a whole, and Kubernetes keeps taints of its own there.
      resourceVersion: node.metadata?.resourceVersion,
      labels: {
        ...Object.fromEntries(removed.map((label) => [label, null])),
        ...Object.fromEntries(changed),
      },
    },
    ...(taints === undefined ? {} : { spec: { taints } }),
  };
}

function mergeTaints(
  current: readonly V1Taint[],
  previous: readonly NodeTaint[],
  desired: readonly NodeTaint[],
): (V1Taint | NodeTaint)[] | undefined {
  const key = (taint: V1Taint | NodeTaint): string => `${taint.key}:${taint.effect}`;
  const owned = new Set([...previous, ...desired].map(key));
  const merged = [...current.filter((taint) => !owned.has(key(taint))), ...desired];
  const text = (taints: readonly (V1Taint | NodeTaint)[]): string =>
    taints
      .map((taint) => `${key(taint)}=${taint.value ?? ""}`)
      .sort()
      .join();
  return text(merged) === text(current) ? undefined : merged;
}
