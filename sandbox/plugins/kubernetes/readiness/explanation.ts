import { listAt, mapAt, numberAt, textAt, valueAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { describeObject, groupOf } from "../api/kubernetes-object.ts";
import type { ObjectStore } from "../api/objects.ts";
import { conditionOf } from "./verdict.ts";

/** Kinds whose readiness depends on pods that their selector chooses. */
const POD_OWNERS = ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "batch/Job", "/Service"];

/** How many pods are described; the others mostly have the same trouble. */
const POD_LIMIT = 3;

/** Says what the cluster knows about why an object is not ready: troubles of its pods, and warnings about both. */
export async function explain(
  object: KubernetesObject,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const pods = (await findPods(object, store, signal)).filter((pod) => describePodTroubles(pod).length > 0);
  const shown = pods.slice(0, POD_LIMIT);
  const reasons = [
    ...(await findWarnings(object, store, signal)),
    ...(
      await Promise.all(
        shown.map(async (pod) =>
          [...describePodTroubles(pod), ...(await findWarnings(pod, store, signal))].map(
            (reason) => `${describeObject(pod)}: ${reason}`,
          ),
        ),
      )
    ).flat(),
  ];
  return pods.length > POD_LIMIT
    ? [...reasons, `${String(pods.length - POD_LIMIT)} more pods are not ready`]
    : reasons;
}

/** Says what is wrong with a pod, empty if nothing is. */
export function describePodTroubles(pod: KubernetesObject): readonly string[] {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status === "False") {
    return [`it can't be scheduled: ${scheduled.message || scheduled.reason}`];
  }
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || conditionOf(pod, "Ready")?.status === "True") {
    return [];
  }
  const containers = ["initContainerStatuses", "containerStatuses"].flatMap((list) =>
    listAt(pod, "status", list),
  );
  const troubles = containers.flatMap((container) => {
    const name = `container ${textAt(container, "name") ?? ""}`;
    const waitingReason = textAt(container, "state", "waiting", "reason");
    const terminated = mapAt(container, "state", "terminated");
    const previous = mapAt(container, "lastState", "terminated");
    if (
      waitingReason !== undefined &&
      waitingReason !== "PodInitializing" &&
      waitingReason !== "ContainerCreating"
    ) {
      const message = textAt(container, "state", "waiting", "message");
      return [
        `${name} waits: ${waitingReason}${message === undefined ? "" : ` (${message})`}${describeExit(previous)}`,
      ];
    }
    if ((numberAt(terminated, "exitCode") ?? 0) !== 0) {
      return [`${name} ended${describeExit(terminated)}`];
    }
    return textAt(container, "state", "running", "startedAt") !== undefined &&
      valueAt(container, "ready") === false
      ? [`${name} runs but is not ready${describeExit(previous)}`]
      : [];
  });
  return troubles.length > 0 ? troubles : [`it is ${(phase ?? "Pending").toLowerCase()} and not ready`];
}

function describeExit(terminated: ReturnType<typeof mapAt>): string {
  const code = numberAt(terminated, "exitCode");
  const message = textAt(terminated, "message")?.trim() ?? "";
  const reason = textAt(terminated, "reason") ?? "";
  return code === undefined ? "" : `, last exit code ${String(code)} ${reason} ${message}`.trimEnd();
}

async function findPods(
  object: KubernetesObject,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<readonly KubernetesObject[]> {
  if (object.kind === "Pod") {
    return [object];
  }
  const labels =
    object.kind === "Service"
      ? mapAt(object, "spec", "selector")
      : mapAt(object, "spec", "selector", "matchLabels");
  const labelSelector = Object.entries(labels)
    .flatMap(([name, value]) => (typeof value === "string" ? [`${name}=${value}`] : []))
    .join(",");
  if (!POD_OWNERS.includes(`${groupOf(object.apiVersion)}/${object.kind}`) || labelSelector === "") {
    return [];
  }
  return store.list(
    { apiVersion: "v1", kind: "Pod", namespace: object.metadata.namespace, labelSelector },
    signal,
  );
}

/** The last warning of each reason about an object. */
async function findWarnings(
  object: KubernetesObject,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const fieldSelector = `involvedObject.uid=${object.metadata.uid ?? ""},type=Warning`;
  const namespace = object.metadata.namespace ?? "default";
  const events = await store.list({ apiVersion: "v1", kind: "Event", namespace, fieldSelector }, signal);
  const lastByReason = new Map(events.map((event) => [textAt(event, "reason"), event]));
  return [...lastByReason.values()].map(
    (event) => `warning ${textAt(event, "reason") ?? ""}: ${textAt(event, "message") ?? ""}`,
  );
}
