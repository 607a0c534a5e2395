import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";

/** What of a cluster's inputs has to be on offer. */
interface ClusterInputs {
  readonly region?: string;
  readonly k8sVersion?: string;
}

/**
 * Asks the Linode API whether it has what a cluster wants. What the cluster has already is not asked for: a version that
 * is no longer offered goes on running.
 * @throws Error that names every property the API can't serve and what it offers instead, or why it could not be asked.
 */
export async function verifyOffer(wanted: ClusterInputs, present: ClusterInputs = {}): Promise<void> {
  const changed = [
    { property: "region", value: wanted.region, present: present.region, offered: offeredRegions },
    {
      property: "kubernetesVersion",
      value: wanted.k8sVersion,
      present: present.k8sVersion,
      offered: offeredVersions,
    },
  ].filter(({ value, present: before }) => value !== before);
  const refusals = await Promise.all(
    changed.map(async ({ property, value = "", offered }) => {
      const choice = await offered();
      return choice.includes(value)
        ? []
        : [
            `vault-federation:cluster.${property} is ${JSON.stringify(value)}, but LKE offers only: ${choice.join(", ")}`,
          ];
    }),
  );
  if (refusals.flat().length > 0) {
    throw new Error(
      `${refusals.flat().join("\n")}\nChange it with: pulumi config set --path 'vault-federation:cluster.<property>' <value>`,
    );
  }
}

async function offeredRegions(): Promise<string[]> {
  const { regions = [] } = await answer(linode.getRegions());
  return regions
    .filter(({ capabilities }) => capabilities.includes("Kubernetes"))
    .map(({ id }) => id)
    .sort();
}

async function offeredVersions(): Promise<string[]> {
  const { versions = [] } = await answer(linode.getLkeVersions());
  return versions.map(({ id }) => id).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

/** A failed question says what to do about it. */
async function answer<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the Linode API could not be asked what it offers: ${reason}\n` +
        "If it refused the token, make one that may read and write Kubernetes and set it with `pulumi config set --secret linode:token`; " +
        "if it had trouble of its own, run this again later. Nothing was changed.",
      { cause: error },
    );
  }
}

/** Stops a creation or an update, at preview already, that LKE would refuse half-way. */
export function refuseUnavailable(name: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    ({ newInputs, oldInputs }) => verifyOffer(newInputs ?? {}, oldInputs),
    {
      onDryRun: true,
    },
  );
}
