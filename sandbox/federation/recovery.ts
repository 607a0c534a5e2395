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
 * Makes an existing stack fit for the next update, whatever became of the last one. A region is started over only if the
 * update was killed while it made the cluster, or something else in the Linode account: a second one would be made.
 * @returns Variables for the environment of the next update.
 */
export async function recover(
  stack: Stack,
  args: RegionArgs,
  run: PulumiRun,
): Promise<Readonly<Record<string, string>>> {
  const { pulumi, backend } = args;
  await freeLock(pulumi, { backend, project, stack }, run);
  const pending = await pendingCreations(pulumi, stack);
  if (pending.length === 0) {
    return {};
  }
  const killed = `an earlier update was killed while it created ${names(pending)}`;
  if (pending.some(({ type }) => type.startsWith("linode:"))) {
    run.onLine?.(`${killed}: starting this region over`);
    await startOver(stack, args, run);
    return {};
  }
  run.onLine?.(`${killed}: going on from there`);
  await pulumi.run(["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", stack], run);
  // What the update made in the cluster without noting it would be refused as existing already.
  return { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };
}

async function startOver(
  stack: Stack,
  { pulumi, linode, isGiven }: RegionArgs,
  run: PulumiRun,
): Promise<void> {
  if (isGiven) {
    await pulumi.run(["destroy", "--yes", "--skip-preview", "--stack", stack], run);
  }
  const label = await clusterLabel(stack, pulumi);
  for (const cluster of await linode.clusters()) {
    if (cluster.label === label) {
      await linode.deleteCluster(cluster.id);
    }
  }
  await pulumi.run(["stack", "rm", stack, "--force", "--yes", "--preserve-config"]);
}

/** The program makes a cluster's label of the configured one and the region. */
async function clusterLabel(stack: Stack, pulumi: PulumiCli): Promise<string> {
  const parts = [];
  for (const property of ["label", "region"]) {
    const path = `${project}:cluster.${property}`;
    parts.push((await pulumi.run(["config", "get", "--path", path, "--stack", stack])).trim());
  }
  return parts.join("-");
}

function names(resources: readonly StateResource[]): string {
  return resources.map(({ urn, type }) => `${type} ${urn.split("::").at(-1) ?? ""}`).join(", ");
}
