import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";

import { configCommand } from "../../config/problem.ts";
import { withinPatience } from "./patience.ts";

/** The provider itself would ask for hours while the API is out. */
const answerSeconds = 120;

/** What of a cluster's inputs has to be on offer. */
interface ClusterInputs {
  readonly label?: string;
  readonly region?: string;
  readonly k8sVersion?: string;
  /** The pools that are part of the cluster's resource: the system pool alone. */
  readonly pools?: readonly PoolInputs[];
}

/** A cluster that is there already. */
interface PresentCluster extends ClusterInputs {
  /** LKE's id; empty if it is yet to be made. */
  readonly id?: string;
}

/** What of a node pool's inputs has to be on offer. */
interface PoolInputs {
  /** Plan of its nodes. */
  readonly type?: string;
}

/** Pools that are resources of their own, by their names in the configuration. */
type FurtherPools = Readonly<Record<string, PoolInputs>>;

/** A value of the configuration that the API must offer. */
interface Wish {
  /** Its name below `vault-federation:cluster`. */
  readonly property: string;
  readonly value: string | undefined;
  /** What the cluster has already. */
  readonly present: string | undefined;
  /** Why it can't be had, as the rest of a sentence that begins with the property's name; undefined if it can. */
  readonly refusal: (value: string) => Promise<string | undefined>;
}

/**
 * Asks the Linode API whether it has what a cluster wants. What the cluster has already is not asked for: a version that
 * is no longer offered goes on running.
 * @param furtherPools Pools that will be made for a new cluster. An existing one has its own, which are asked for when
 *   they change.
 * @throws Error that names every property the API can't serve and what it offers instead, or why it could not be asked.
 */
export async function verifyOffer(
  wanted: ClusterInputs,
  present: PresentCluster = {},
  furtherPools: FurtherPools = {},
): Promise<void> {
  const isNew = present.region === undefined;
  const [systemPool, presentSystemPool] = [wanted.pools?.[0], present.pools?.[0]];
  await verify([
    { property: "label", value: wanted.label, present: present.label, refusal: unlessFree(present.id) },
    { property: "region", value: wanted.region, present: present.region, refusal: unlessIn(offeredRegions) },
    {
      property: "kubernetesVersion",
      value: wanted.k8sVersion,
      present: present.k8sVersion,
      refusal: unlessIn(offeredVersions),
    },
    planWish("systemPool", systemPool, presentSystemPool),
    ...(isNew ? Object.entries(furtherPools).map(([name, pool]) => planWish(`pools.${name}`, pool)) : []),
  ]);
}

/**
 * Asks the Linode API whether it has the plan that a further pool wants. For another plan, a pool is made anew.
 * @param name The pool's name in the configuration.
 * @throws Error as {@link verifyOffer} does.
 */
export async function verifyPoolOffer(name: string, wanted: PoolInputs): Promise<void> {
  await verify([planWish(`pools.${name}`, wanted)]);
}

function planWish(pool: string, wanted: PoolInputs = {}, present: PoolInputs = {}): Wish {
  return {
    property: `${pool}.type`,
    value: wanted.type,
    present: present.type,
    refusal: unlessIn(offeredPlans),
  };
}

async function verify(wishes: readonly Wish[]): Promise<void> {
  const refusals = await Promise.all(
    wishes
      .filter(({ value, present }) => value !== present)
      .map(async ({ property, value = "", refusal }) => {
        const reason = await refusal(value);
        return reason === undefined ? [] : [`vault-federation:cluster.${property} ${reason}`];
      }),
  );
  if (refusals.flat().length > 0) {
    throw new Error(
      `${refusals.flat().join("\n")}\nChange it with: ${configCommand("set", "vault-federation:cluster.<property>")} <value>`,
    );
  }
}

function unlessIn(offered: (value: string) => Promise<readonly string[]>): Wish["refusal"] {
  return async (value) => {
    const choice = await offered(value);
    return choice.includes(value)
      ? undefined
      : `is ${JSON.stringify(value)}, but LKE offers only: ${choice.join(", ")}`;
  };
}

/** Labels are unique in an account. An interrupted renaming may have given it to the cluster itself already. */
function unlessFree(ownId: string | undefined): Wish["refusal"] {
  return async (label) => {
    const { lkeClusters = [] } = await answer(linode.getLkeClusters());
    const owner = lkeClusters.find((cluster) => cluster.label === label && String(cluster.id) !== ownId);
    return owner === undefined
      ? undefined
      : `gives the cluster the label ${JSON.stringify(label)}, which cluster ${owner.id} has already. If an interrupted ` +
          `update of this stack made that one, import it as the pending creation that \`pulumi refresh\` asks about, ` +
          `with the id ${owner.id}, or delete it in the Linode Cloud Manager; else give another label`;
  };
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

/** Plans for nodes: those of the wanted one's kind, such as `g6-dedicated`, or all if the API knows no such kind. */
async function offeredPlans(wanted: string): Promise<string[]> {
  const { types = [] } = await answer(linode.getInstanceTypes());
  const plans = types
    // LKE's nodes need at least 2 GB (techdocs.akamai.com, "Create a cluster").
    .filter(({ class: kind }) => kind !== "nanode")
    .map(({ id }) => id)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const ofItsKind = plans.filter((plan) => kindOf(plan) === kindOf(wanted));
  return ofItsKind.length > 0 ? ofItsKind : plans;
}

function kindOf(plan: string): string {
  return plan.split("-").slice(0, 2).join("-");
}

/** A question that fails, or gets no answer, says what to do about it. */
async function answer<T>(question: Promise<T>): Promise<T> {
  try {
    return await withinPatience(answerSeconds, () => question);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the Linode API could not be asked what it offers: ${reason}\n` +
        "If it refused the token, make one with the access 'Kubernetes: read/write, Events: read only' and set it with " +
        `\`${configCommand("set --secret", "linode:token")}\`; if it had trouble of its own, run this again later. Nothing was changed.`,
      { cause: error },
    );
  }
}

/** Stops a creation or an update of a cluster, at preview already, that LKE would refuse half-way. */
export function refuseUnavailable(name: string, furtherPools: FurtherPools): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    ({ id, newInputs, oldInputs }) => verifyOffer(newInputs ?? {}, { ...oldInputs, id }, furtherPools),
    { onDryRun: true },
  );
}

/** Does the same for the creation of a pool that is a resource of its own. */
export function refuseUnavailablePool(name: string, poolName: string): pulumi.ResourceHook {
  return new pulumi.ResourceHook(name, ({ newInputs }) => verifyPoolOffer(poolName, newInputs ?? {}), {
    onDryRun: true,
  });
}
