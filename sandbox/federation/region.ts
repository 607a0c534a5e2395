import type { LinodeClient } from "./linode-client.ts";
import type { Stack } from "./project.ts";
import type { PulumiCli, PulumiRun } from "./pulumi.ts";
import { existingStacks, releaseDeadLock, wasInterrupted } from "./state.ts";

/** Name of the program's Pulumi project. */
const project = "vault-federation";

/** What bringing a region up needs. */
export interface RegionArgs {
  readonly pulumi: PulumiCli;
  /** Folder of Pulumi's state backend. */
  readonly backend: string;
  readonly linode: LinodeClient;
}

/**
 * Brings a region to what its stack says, by `pulumi up`; a region that is up already stays as it is. An update that
 * was killed while it made something is started over: what it made can't be told from what belongs to others.
 * @throws PulumiError if the update fails; what it made is kept, and the next run goes on from there.
 */
export async function bringUp(stack: Stack, args: RegionArgs, run: PulumiRun): Promise<void> {
  const { pulumi, backend } = args;
  if ((await existingStacks(pulumi)).includes(stack)) {
    await releaseDeadLock(pulumi, backend, project, stack);
    if (await wasInterrupted(pulumi, stack)) {
      run.onLine?.("an earlier update was killed half-way: starting this region over");
      await startOver(stack, args);
    }
  }
  // `--copy-config-from` and a selected stack are not needed: the project's stack file is there already.
  if (!(await existingStacks(pulumi)).includes(stack)) {
    await pulumi.run(["stack", "init", stack, "--no-select"], run);
  }
  await pulumi.run(["up", "--yes", "--skip-preview", "--stack", stack], run);
}

/** A kubeconfig of the region's cluster. */
export async function kubeconfigOf(stack: Stack, pulumi: PulumiCli): Promise<string> {
  return pulumi.run(["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack]);
}

async function startOver(stack: Stack, { pulumi, linode }: RegionArgs): Promise<void> {
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
