import type { LinodeClient } from "./linode-client.ts";
import { freeLock } from "./lock.ts";
import type { Stack } from "./project.ts";
import type { PulumiCli, PulumiRun } from "./pulumi.ts";
import { pendingCreations, type StateResource } from "./state.ts";

/** Name of the program's Pulumi project. */
const project = "vault-federation";

/** What bringing a region up, or back, needs. */
export interface RegionArgs {
  readonly pulumi: PulumiCli;
  /** Folder of Pulumi's state backend. */
  readonly backend: string;
  readonly linode: LinodeClient;
  /** Whether the region's cluster was given: it then outlives the stack, with all that is in it. */
  readonly isGiven: boolean;
}

/**
 * Makes an existing stack fit for the next update, whatever became of the last one. Only if that was killed while it
 * created something that would be in the way of its own successor, the region is started over.
 */
export async function recover(stack: Stack, args: RegionArgs, run: PulumiRun): Promise<void> {
  const { pulumi, backend } = args;
  await freeLock(pulumi, { backend, project, stack }, run);
  const pending = await pendingCreations(pulumi, stack);
  if (pending.length === 0) {
    return;
  }
  const inTheWay = pending.filter(isInTheWay);
  if (inTheWay.length === 0) {
    run.onLine?.(`an earlier update was killed while it created ${names(pending)}: going on from there`);
    await pulumi.run(
      ["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", stack],
      run,
    );
    return;
  }
  run.onLine?.(
    `an earlier update was killed while it created ${names(inTheWay)}, which may or may not exist: starting this region over`,
  );
  await startOver(stack, args, inTheWay, run);
}

/**
 * Whether a second creation would fail, or make a second one of it. The provider takes up an unfinished release itself;
 * values such as passwords, and resources of the program's own, exist in the state only.
 */
function isInTheWay({ type }: StateResource): boolean {
  return /^(linode|kubernetes):/.test(type) && type !== "kubernetes:helm.sh/v3:Release";
}

async function startOver(
  stack: Stack,
  { pulumi, linode, isGiven }: RegionArgs,
  inTheWay: readonly StateResource[],
  run: PulumiRun,
): Promise<void> {
  if (isGiven) {
    await pulumi.run(["destroy", "--yes", "--skip-preview", "--stack", stack], run);
    const left = inTheWay.filter(({ type }) => type.startsWith("kubernetes:"));
    if (left.length > 0) {
      run.onLine?.(`the given cluster may still have ${names(left)}: if so, remove it with kubectl`);
    }
  }
  const label = await clusterLabel(stack, pulumi);
  for (const cluster of await linode.clusters()) {
    if (cluster.label === label) {
      await linode.deleteCluster(cluster.id);
    }
  }
  await pulumi.run(["stack", "rm", stack, "--force", "--yes", "--preserve-config"]);
}

async function clusterLabel(stack: Stack, pulumi: PulumiCli): Promise<string> {
  const value = await pulumi.run(["config", "get", "--path", `${project}:cluster.label`, "--stack", stack]);
  return value.trim();
}

function names(resources: readonly StateResource[]): string {
  return resources.map(({ urn, type }) => `${type} ${urn.split("::").at(-1) ?? ""}`).join(", ");
}
