import {
  V1DeleteOptions,
  type CoreV1Api,
  type V1ContainerStatus,
  type V1Pod,
  type V1StatefulSet,
} from "@kubernetes/client-node";

/** Name of Vault's container in a server's pod; the chart has it so. */
export const vaultContainer = "vault";

/** What Kubernetes says of Vault's container in a pod. */
export function containerStatus(pod: V1Pod | undefined): V1ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name === vaultContainer);
}

/** Why Vault's container does not run, as far as the pod itself says it: in a sentence, or in a word. */
export function standstill(pod: V1Pod): { readonly sentence?: string; readonly word?: string } {
  const waiting = containerStatus(pod)?.state?.waiting;
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  return { sentence: waiting?.message ?? unscheduled?.message, word: waiting?.reason ?? pod.status?.phase };
}

/**
 * Whether a pod was made from an older specification than its StatefulSet's. The controller names the specification by a
 * hash: with the update strategy OnDelete old pods stay until somebody deletes them.
 */
export function isOutdated(pod: V1Pod, set: V1StatefulSet): boolean {
  const revision = set.status?.updateRevision;
  return revision !== undefined && pod.metadata?.labels?.["controller-revision-hash"] !== revision;
}

/** Deletes a pod, and not another one that has taken its place meanwhile. */
export async function deletePod(api: CoreV1Api, namespace: string, pod: V1Pod): Promise<void> {
  const name = pod.metadata?.name ?? "";
  const uid = pod.metadata?.uid;
  const body = Object.assign(new V1DeleteOptions(), { preconditions: { uid } });
  await api.deleteNamespacedPod({ name, namespace, body });
}
