import type { HelmCli } from "./helm.ts";
import { endInterruptedReleases } from "./interrupted-releases.ts";
import type { LinodeClient } from "./linode-client.ts";
import { freeLock } from "./lock.ts";
import { projectName, type Stack } from "./project.ts";
import type { PulumiCli, PulumiRun } from "./pulumi.ts";
import { readState, resourceName } from "./state.ts";
import { removeUnrecorded } from "./unrecorded.ts";

/** What bringing a region up needs. */
export interface RegionArgs {
  readonly pulumi: PulumiCli;
  /** Folder of Pulumi's state backend. */
  readonly backend: string;
  readonly linode: LinodeClient;
  /** Ends releases that a killed update has left half-way; absent where the plugin at work takes them up by itself. */
  readonly helm?: HelmCli;
  /** Hears what was done about a killed update. */
  readonly notice: (text: string) => void;
}

/**
 * Makes an existing stack fit for the next update, whatever became of the last one. What a killed update made in the
 * Linode account without noting it is removed, what it made in the cluster is taken up by the next update.
 * @returns Variables for the environment of the next update.
 */
export async function recover(
  stack: Stack,
  { pulumi, backend, linode, helm, notice }: RegionArgs,
  run: PulumiRun,
): Promise<Readonly<Record<string, string>>> {
  await freeLock(pulumi, { backend, project: projectName, stack }, run);
  const state = await readState(pulumi, stack);
  if (helm !== undefined) {
    await endInterruptedReleases(state, { helm, linode, notice }, run);
  }
  if (state.pendingCreations.length === 0) {
    return {};
  }
  notice(
    `an earlier update was killed while it created ${state.pendingCreations.map(resourceName).join(", ")}: going on from there`,
  );
  await removeUnrecorded(state, linode, (what) => {
    notice(`removing ${what}, which that update made without noting it`);
  });
  await pulumi.run(["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", stack], run);
  // What the update made in the cluster without noting it would be refused as existing already.
  return { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };
}
