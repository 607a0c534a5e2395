import { listAt, mapAt, textAt, valueAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { READY, failed, waiting } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/**
 * A Service is ready when its load balancer has an address and, where it selects pods, some pod answers and none is
 * still on its way.
 * @param endpointSlices The Service's.
 */
export function assessService(
  object: KubernetesObject,
  endpointSlices: readonly KubernetesObject[],
): Verdict {
  const type = textAt(object, "spec", "type");
  if (type === "LoadBalancer" && listAt(object, "status", "loadBalancer", "ingress").length === 0) {
    return waiting("the load balancer has no address yet");
  }
  const selectsPods = Object.keys(mapAt(object, "spec", "selector")).length > 0;
  if (type === "ExternalName" || textAt(object, "spec", "clusterIP") === "None" || !selectsPods) {
    return READY;
  }
  const endpoints = endpointSlices.flatMap((slice) => listAt(slice, "endpoints"));
  if (endpoints.length === 0) {
    return waiting("no pod has the labels of the Service's selector");
  }
  // An endpoint without the condition counts as ready (discovery.k8s.io/v1).
  const pending = endpoints.filter((endpoint) => valueAt(endpoint, "conditions", "ready") === false);
  if (pending.length > 0) {
    return waiting(
      `${String(pending.length)} of ${String(endpoints.length)} pods behind the Service are not ready`,
    );
  }
  return READY;
}

/**
 * A PersistentVolumeClaim is ready when it is bound, or when its volume is only made for the first pod that uses it.
 * @param storageClass The claim's, if it has one.
 */
export function assessClaim(object: KubernetesObject, storageClass: KubernetesObject | undefined): Verdict {
  const phase = textAt(object, "status", "phase") ?? "Pending";
  if (phase === "Bound") {
    return READY;
  }
  if (phase === "Lost") {
    return failed("the claim has lost its volume");
  }
  if (textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer") {
    return READY;
  }
  return waiting("the claim is not bound to a volume");
}

/** A PersistentVolume is ready when it can be, or is, used. */
export function assessVolume(object: KubernetesObject): Verdict {
  const phase = textAt(object, "status", "phase") ?? "Pending";
  if (phase === "Failed") {
    return failed(`the volume failed: ${textAt(object, "status", "message") ?? "no reason given"}`);
  }
  return phase === "Available" || phase === "Bound" ? READY : waiting(`the volume is ${phase.toLowerCase()}`);
}

/** An Ingress is ready when its load balancer has an address. */
export function assessIngress(object: KubernetesObject): Verdict {
  return listAt(object, "status", "loadBalancer", "ingress").length > 0
    ? READY
    : waiting("the Ingress has no address yet; is its controller (ingressClassName) installed?");
}

/** A ResourceQuota is ready when its limits are in force. */
export function assessQuota(object: KubernetesObject): Verdict {
  const inForce = mapAt(object, "status", "hard");
  const missing = Object.keys(mapAt(object, "spec", "hard")).filter((name) => !(name in inForce));
  return missing.length === 0 ? READY : waiting(`the limits of ${missing.join(", ")} are not in force yet`);
}

/** A service account's token is ready when the controller has put it into the Secret. */
export function assessSecret(object: KubernetesObject): Verdict {
  if (textAt(object, "type") !== "kubernetes.io/service-account-token") {
    return READY;
  }
  return textAt(object, "data", "token") === undefined
    ? waiting("the service account's token is not there yet")
    : READY;
}
