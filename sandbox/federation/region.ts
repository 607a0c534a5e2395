import type { Stack } from "./project.ts";
import type { PulumiCli, PulumiRun } from "./pulumi.ts";
import { recover, type RegionArgs } from "./recovery.ts";
import { existingStacks } from "./state.ts";

/**
 * Brings a region to what its stack says, by `pulumi up`; a region that is up already stays as it is.
 * @throws PulumiError if the update fails; what it made is kept, and the next run goes on from there.
 */
export async function bringUp(stack: Stack, args: RegionArgs, run: PulumiRun): Promise<void> {
  const { pulumi } = args;
  const environment = (await existingStacks(pulumi)).includes(stack) ? await recover(stack, args, run) : {};
  await ensureStack(stack, pulumi, run);
  const update = ["up", "--yes", "--skip-preview", "--stack", stack];
  await pulumi.run(update, { ...run, environment });
  if (Object.keys(environment).length > 0) {
    // The provider's inputs hold what a variable says: without another update, the next preview would show a change.
    await pulumi.run(update, run);
  }
}

/** Makes a stack, unless it is there. Regions look at each other's, so that all must be there before the first update. */
export async function ensureStack(stack: Stack, pulumi: PulumiCli, run: PulumiRun): Promise<void> {
  // `--copy-config-from` and a selected stack are not needed: the project's stack file is there already.
  if (!(await existingStacks(pulumi)).includes(stack)) {
    await pulumi.run(["stack", "init", stack, "--no-select"], run);
  }
}

/** A kubeconfig of the region's cluster. */
export async function kubeconfigOf(stack: Stack, pulumi: PulumiCli): Promise<string> {
  return pulumi.run(["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack]);
}
