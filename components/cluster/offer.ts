import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";

import type { ClusterSettings } from "../../config/settings.ts";

/**
 * Asks the Linode API whether it has what the configuration wants, so that a preview fails instead of an update
 * that is half done.
 * @throws pulumi.RunError that names every property the API can't serve, and what it offers instead.
 */
export async function verifyOffer(cluster: ClusterSettings): Promise<void> {
  const [{ regions = [] }, { versions = [] }] = await Promise.all([
    linode.getRegions(),
    linode.getLkeVersions(),
  ]);
  const offered = {
    region: regions
      .filter(({ capabilities }) => capabilities.includes("Kubernetes"))
      .map(({ id }) => id)
      .sort(),
    kubernetesVersion: versions
      .map(({ id }) => id)
      .sort((a, b) => b.localeCompare(a, "en", { numeric: true })),
  };
  const refusals = (["region", "kubernetesVersion"] as const)
    .filter((property) => !offered[property].includes(cluster[property]))
    .map(
      (property) =>
        `vault-federation:cluster.${property} is ${JSON.stringify(cluster[property])}, but LKE offers only: ` +
        offered[property].join(", "),
    );
  if (refusals.length > 0) {
    throw new pulumi.RunError(
      `${refusals.join("\n")}\nChange it with: pulumi config set --path 'vault-federation:cluster.<property>' <value>`,
    );
  }
}
