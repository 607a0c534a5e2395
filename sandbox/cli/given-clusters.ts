import { existsSync } from "node:fs";

import { ensureDaemon } from "../daemon/launch.ts";
import { stacks, type Stack } from "../federation/project.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import { existingStacks, outliveCluster, stateResources } from "../federation/state.ts";
import type { StateFolder } from "../state/folder.ts";
import { callerVariables, environmentFile, projectFolder, readEnvironment } from "./environment.ts";
import type { Report } from "./steps.ts";

/**
 * Destroys what the stacks made in given clusters, which outlive the sandbox.
 * @returns What stays in clusters where that was not possible, a text for each; the sandbox can be removed all the same.
 */
export async function leaveGivenClusters(
  folder: StateFolder,
  kubeconfigs: readonly string[],
  report: Report,
): Promise<readonly string[]> {
  if (!existsSync(environmentFile(folder))) {
    // It was never far enough to make anything.
    return [];
  }
  // Without a HOME, helm would keep its cache in the checkout.
  const environment = { ...callerVariables(), ...(await readEnvironment(folder)) };
  const pulumi = new PulumiCli("pulumi", projectFolder(folder), environment);
  const unserved = await ensureDaemon(folder, kubeconfigs).then(() => undefined, messageOf);
  const existing = await existingStacks(pulumi);
  const remains: string[] = [];
  // An edge may need its hub until it is gone.
  for (const stack of stacks.toReversed().filter((name) => existing.includes(name))) {
    const failure = unserved ?? (await destroy(stack, pulumi, report));
    if (failure !== undefined) {
      remains.push(await describeRemains(stack, pulumi, failure));
    }
  }
  return remains;
}

async function destroy(stack: Stack, pulumi: PulumiCli, report: Report): Promise<string | undefined> {
  return outliveCluster(pulumi, stack)
    .then(() => pulumi.run(["destroy", "--yes", "--skip-preview", "--stack", stack], { onLine: report }))
    .then(() => undefined, messageOf);
}

async function describeRemains(stack: Stack, pulumi: PulumiCli, failure: string): Promise<string> {
  const resources = await stateResources(pulumi, stack);
  const names = resources
    .filter(({ type, id }) => type.startsWith("kubernetes:") && id !== undefined)
    .map(({ type, id }) => `  ${type} ${id ?? ""}`);
  return [`stack ${stack} could not be destroyed: ${failure}`, "In its cluster stays:", ...names].join("\n");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
