import type * as pulumi from "@pulumi/pulumi";

import { refuseUpdate } from "../refused-update.ts";

/** The inputs of an LKE cluster, as far as a change of them can't be taken back. */
interface ClusterInputs {
  readonly k8sVersion?: string;
  readonly controlPlane?: { readonly highAvailability?: boolean };
}

/**
 * Explains why LKE will refuse a change, or answers undefined if it will not.
 * Source: the API accepts high availability from false to true only, and Kubernetes versions upwards only
 * (techdocs.akamai.com, "Update a Kubernetes cluster").
 */
export function irreversibleChange(before: ClusterInputs, after: ClusterInputs): string | undefined {
  if (before.controlPlane?.highAvailability === true && after.controlPlane?.highAvailability === false) {
    return (
      "vault-federation:cluster.highAvailability can't be turned off on a cluster that has it. " +
      "Set it to true, or move to a new cluster by giving it another region."
    );
  }
  if (
    before.k8sVersion !== undefined &&
    after.k8sVersion !== undefined &&
    minor(after.k8sVersion) < minor(before.k8sVersion)
  ) {
    return (
      `vault-federation:cluster.kubernetesVersion can't go back from ${before.k8sVersion} to ${after.k8sVersion}. ` +
      `Set it to "${before.k8sVersion}" or a newer one.`
    );
  }
  return undefined;
}

function minor(version: string): number {
  return Number(version.split(".")[1]);
}

/** Stops an update, at preview already, that LKE would refuse half-way. */
export function refuseIrreversibleChange(name: string): pulumi.ResourceHook {
  return refuseUpdate(name, irreversibleChange);
}
