import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";

/**
 * Whether a pod was made from an older specification than its StatefulSet's. The controller names the specification by a
 * hash: with the update strategy OnDelete old pods stay until somebody deletes them.
 */
export function isOutdated(pod: V1Pod, set: V1StatefulSet): boolean {
  const revision = set.status?.updateRevision;
  return revision !== undefined && pod.metadata?.labels?.["controller-revision-hash"] !== revision;
}
