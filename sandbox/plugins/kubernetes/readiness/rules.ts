import { mapAt, textAt } from "../api/fields.ts";
import { groupOf } from "../api/kubernetes-object.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import type { ObjectStore } from "../api/objects.ts";
import {
  assessClaim,
  assessIngress,
  assessQuota,
  assessSecret,
  assessService,
  assessVolume,
} from "./infrastructure.ts";
import type { Verdict } from "./verdict.ts";
import { assessRequirements, parseWaitFor } from "./wait-for.ts";
import { assessDaemonSet, assessDeployment, assessJob, assessPod, assessStatefulSet } from "./workloads.ts";

/** When an object of some kind is ready. */
export interface ReadinessRule {
  /** Seconds after which waiting is given up, unless the program says otherwise. */
  readonly timeoutSeconds: number;
  assess(object: KubernetesObject, store: ObjectStore, signal: AbortSignal): Verdict | Promise<Verdict>;
}

/** Seconds that anything may take of which nothing else is known. */
export const DEFAULT_TIMEOUT_SECONDS = 600;

const rule = (assess: ReadinessRule["assess"], timeoutSeconds = DEFAULT_TIMEOUT_SECONDS): ReadinessRule => ({
  assess,
  timeoutSeconds,
});

/** Kinds that are waited for, by `group/Kind`; all others are ready as soon as they exist. */
const RULES: ReadonlyMap<string, ReadinessRule> = new Map([
  ["apps/Deployment", rule(assessDeployment)],
  ["apps/StatefulSet", rule(assessStatefulSet)],
  ["apps/DaemonSet", rule(assessDaemonSet)],
  ["batch/Job", rule(assessJob)],
  ["networking.k8s.io/Ingress", rule(assessIngress)],
  ["/Pod", rule(assessPod)],
  [
    "/Service",
    rule(async (service, store, signal) => assessService(service, await slicesOf(service, store, signal))),
  ],
  [
    "/PersistentVolumeClaim",
    rule(async (claim, store, signal) => assessClaim(claim, await storageClassOf(claim, store, signal)), 300),
  ],
  ["/PersistentVolume", rule(assessVolume, 300)],
  ["/ResourceQuota", rule(assessQuota)],
  ["/Secret", rule(assessSecret, 5)],
]);

/**
 * The rule that an object is waited for by: that of its annotation `pulumi.com/waitFor`, or else its kind's.
 * `undefined` if it is not waited for, as the kind needs no wait or annotation `pulumi.com/skipAwait` says so.
 * @throws Error if the annotation can't be read.
 */
export function ruleFor(object: KubernetesObject): ReadinessRule | undefined {
  const annotations = mapAt(object, "metadata", "annotations");
  if (textAt(annotations, "pulumi.com/skipAwait") === "true") {
    return undefined;
  }
  const waitFor = textAt(annotations, "pulumi.com/waitFor");
  if (waitFor !== undefined) {
    const requirements = parseWaitFor(waitFor);
    return rule((live) => assessRequirements(live, requirements));
  }
  return RULES.get(`${groupOf(object.apiVersion)}/${object.kind}`);
}

async function slicesOf(service: KubernetesObject, store: ObjectStore, signal: AbortSignal) {
  const labelSelector = `kubernetes.io/service-name=${service.metadata.name ?? ""}`;
  const selection = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", labelSelector };
  return store.list({ ...selection, namespace: service.metadata.namespace }, signal);
}

async function storageClassOf(claim: KubernetesObject, store: ObjectStore, signal: AbortSignal) {
  // The server fills in the default class, unless there is none.
  const name = textAt(claim, "spec", "storageClassName") ?? "";
  return name === ""
    ? undefined
    : store.find(
        { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name, namespace: undefined },
        signal,
      );
}
