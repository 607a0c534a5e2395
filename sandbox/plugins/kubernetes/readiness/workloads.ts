import { numberAt, textAt, valueAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { READY, conditionOf, failed, waiting } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** Whether the controller has not yet seen the last change: the rest of the status is then about the one before. */
function isBehind(object: KubernetesObject): boolean {
  return (numberAt(object, "status", "observedGeneration") ?? 0) < (object.metadata.generation ?? 0);
}

const BEHIND = waiting("the controller has not seen the last change yet");

/** A Deployment is ready when its new ReplicaSet has taken over and enough pods are available. */
export function assessDeployment(object: KubernetesObject): Verdict {
  if (isBehind(object)) {
    return BEHIND;
  }
  if (valueAt(object, "spec", "paused") === true) {
    return READY;
  }
  const progressing = conditionOf(object, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    return failed(progressing.message);
  }
  const refused = conditionOf(object, "ReplicaFailure");
  if (refused?.status === "True") {
    return waiting(`pods can't be created: ${refused.message}`);
  }
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const updated = numberAt(object, "status", "updatedReplicas") ?? 0;
  const all = numberAt(object, "status", "replicas") ?? 0;
  const available = numberAt(object, "status", "availableReplicas") ?? 0;
  if (updated < wanted) {
    return waiting(`${count(updated)} of ${count(wanted)} pods are of the new version`);
  }
  if (all > updated) {
    return waiting(`${count(all - updated)} pods of the old version are still there`);
  }
  if (available < updated || conditionOf(object, "Available")?.status !== "True") {
    return waiting(`${count(available)} of ${count(wanted)} pods are available`);
  }
  return READY;
}

/** A StatefulSet is ready when all pods are ready and, where it replaces pods by itself, of the last revision. */
export function assessStatefulSet(object: KubernetesObject): Verdict {
  if (isBehind(object)) {
    return BEHIND;
  }
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const ready = numberAt(object, "status", "readyReplicas") ?? 0;
  if (ready < wanted) {
    return waiting(`${count(ready)} of ${count(wanted)} pods are ready`);
  }
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return READY;
  }
  const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  const updated = numberAt(object, "status", "updatedReplicas") ?? 0;
  const isComplete =
    partition > 0
      ? updated >= wanted - partition
      : textAt(object, "status", "updateRevision") === textAt(object, "status", "currentRevision");
  return isComplete
    ? READY
    : waiting(`${count(updated)} of ${count(wanted - partition)} pods are of the new version`);
}

/** A DaemonSet is ready when every node that shall run a pod has one that is available and of the last version. */
export function assessDaemonSet(object: KubernetesObject): Verdict {
  if (isBehind(object)) {
    return BEHIND;
  }
  const wanted = numberAt(object, "status", "desiredNumberScheduled") ?? 0;
  const updated = numberAt(object, "status", "updatedNumberScheduled") ?? 0;
  const available = numberAt(object, "status", "numberAvailable") ?? 0;
  if (textAt(object, "spec", "updateStrategy", "type") !== "OnDelete" && updated < wanted) {
    return waiting(`${count(updated)} of ${count(wanted)} pods are of the new version`);
  }
  return available < wanted ? waiting(`${count(available)} of ${count(wanted)} pods are available`) : READY;
}

/** A Job is ready when it is complete. */
export function assessJob(object: KubernetesObject): Verdict {
  const failure = conditionOf(object, "Failed");
  if (failure?.status === "True") {
    return failed(`the job failed: ${failure.message || failure.reason}`);
  }
  if (conditionOf(object, "Complete")?.status === "True" || valueAt(object, "spec", "suspend") === true) {
    return READY;
  }
  return waiting(
    textAt(object, "status", "startTime") === undefined
      ? "the job has not started"
      : `the job is running (${count(numberAt(object, "status", "succeeded") ?? 0)} pods succeeded)`,
  );
}

/** A Pod is ready when it says so, or when it has done its work. */
export function assessPod(object: KubernetesObject): Verdict {
  const phase = textAt(object, "status", "phase") ?? "Pending";
  if (phase === "Succeeded" || conditionOf(object, "Ready")?.status === "True") {
    return READY;
  }
  if (phase === "Failed") {
    return failed(
      `the pod failed: ${textAt(object, "status", "message") ?? textAt(object, "status", "reason") ?? "no reason given"}`,
    );
  }
  return waiting(`the pod is ${phase.toLowerCase()} and not ready`);
}

function count(value: number): string {
  return String(value);
}
