import { existsSync } from "node:fs";

import { ensureDaemon } from "../daemon/launch.ts";
import { freeLock } from "../federation/lock.ts";
import { projectName, stacks, type Stack } from "../federation/project.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import {
  existingStacks,
  outliveCluster,
  readState,
  resourceName,
  type StackState,
  type StateResource,
} from "../federation/state.ts";
import type { StateFolder } from "../state/folder.ts";
import { JsonFile } from "../state/json-file.ts";
import { callerVariables, environmentFile, projectFolder, readEnvironment } from "./environment.ts";
import type { Report } from "./steps.ts";

/** Stack -> what killed updates were about to create in its cluster: it may be there, and no destruction knows of it. */
type Unrecorded = Partial<Record<Stack, readonly string[]>>;

/**
 * Destroys what the stacks made in given clusters, which outlive the sandbox. What it could not destroy, a later call can,
 * as long as the state folder is kept.
 * @returns What stays, or may stay, in clusters, a text for each stack.
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
  let existing: readonly string[];
  try {
    existing = await existingStacks(pulumi);
  } catch (error) {
    return [`what is in the clusters can't be told: ${messageOf(error)}`];
  }
  const remains: string[] = [];
  // An edge may need its hub until it is gone.
  for (const stack of stacks.toReversed().filter((name) => existing.includes(name))) {
    const failure = unserved ?? (await destroy(stack, { folder, pulumi, report }).catch(messageOf));
    const described = await describeRemains(stack, { folder, pulumi, failure });
    if (described !== undefined) {
      remains.push(described);
    }
  }
  return remains;
}

async function destroy(
  stack: Stack,
  { folder, pulumi, report }: { folder: StateFolder; pulumi: PulumiCli; report: Report },
): Promise<undefined> {
  await freeLock(pulumi, { backend: folder.pulumiState, project: projectName, stack }, { onLine: report });
  noteUnrecorded(stack, folder, await readState(pulumi, stack));
  await outliveCluster(pulumi, stack);
  await pulumi.run(["destroy", "--yes", "--skip-preview", "--stack", stack], { onLine: report });
}

/** Notes what a killed update was about to create: the state forgets that as soon as it is imported. */
function noteUnrecorded(stack: Stack, folder: StateFolder, state: StackState): void {
  const names = unrecordedIn(stack, folder, state);
  if (names.length > 0) {
    const file = new JsonFile<Unrecorded>(folder.unrecorded);
    file.write({ ...file.read(), [stack]: names });
  }
}

function unrecordedIn(stack: Stack, folder: StateFolder, state?: StackState): readonly string[] {
  const noted = new JsonFile<Unrecorded>(folder.unrecorded).read()?.[stack] ?? [];
  const pending = state?.pendingCreations.filter(isInCluster).map(resourceName) ?? [];
  return [...new Set([...noted, ...pending])];
}

async function describeRemains(
  stack: Stack,
  { folder, pulumi, failure }: { folder: StateFolder; pulumi: PulumiCli; failure: string | undefined },
): Promise<string | undefined> {
  try {
    const state = failure === undefined ? undefined : await readState(pulumi, stack);
    const recorded = state?.resources
      .filter((resource) => isInCluster(resource) && resource.id !== undefined)
      .map(({ type, id }) => `${type} ${id ?? ""}`);
    const lines = [
      ...(failure === undefined ? [] : [`stack ${stack} could not be destroyed: ${failure}`]),
      ...listed(`In the cluster of ${stack} stays:`, recorded ?? []),
      ...listed(
        `In the cluster of ${stack} may be what an update was creating when it was killed:`,
        unrecordedIn(stack, folder, state),
      ),
    ];
    return lines.length === 0 ? undefined : lines.join("\n");
  } catch (error) {
    return `what stack ${stack} left in its cluster can't be told: ${failure ?? messageOf(error)}`;
  }
}

function listed(title: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [title, ...names.map((name) => `  ${name}`)];
}

function isInCluster({ type }: StateResource): boolean {
  return type.startsWith("kubernetes:");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
