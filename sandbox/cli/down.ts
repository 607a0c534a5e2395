import { existsSync } from "node:fs";

import { readClusterSource } from "../state/cluster-source.ts";
import { hasClusterTraces, removeClusters, stopClusters } from "../cluster/local-clusters.ts";
import { findDaemons } from "../daemon/find.ts";
import { stopDaemon } from "../daemon/launch.ts";
import { findEngines, stopEngines } from "../federation/engines.ts";
import type { StateFolder } from "../state/folder.ts";
import { withSandboxLock } from "../state/lock.ts";
import { isForeign, removeMarked } from "../state/marker.ts";
import { requireLinux } from "../tools/machine.ts";
import { leaveGivenClusters } from "./given-clusters.ts";
import { Steps } from "./steps.ts";

/**
 * Removes everything of a sandbox: its processes, namespaces, mounts and files, also when its state folder is gone. What
 * is gone already is no error. What it made in existing clusters that it was given is destroyed there. Files in a folder
 * that no sandbox has marked as its own are left alone.
 * @param forget Removes the files also if something stays in given clusters, which only they tell how to destroy.
 * @throws Error if something stays there and is not to be forgotten, after it is listed; the files are kept then.
 */
export async function down(folder: StateFolder, forget = false): Promise<void> {
  requireLinux();
  const isOthers = await isForeign(folder);
  if (!(await runs(folder)) && (isOthers || !existsSync(folder.root))) {
    process.stdout.write(`there is no sandbox in ${folder.root}\n`);
  } else if (isOthers) {
    await stopWithoutFiles(folder);
  } else {
    await withSandboxLock(folder, "down", () => removeAll(folder, forget));
  }
}

async function runs(folder: StateFolder): Promise<boolean> {
  return (
    (await findEngines(folder.pulumiState)).length > 0 ||
    (await findDaemons(folder)).length > 0 ||
    (await hasClusterTraces(folder))
  );
}

async function removeAll(folder: StateFolder, forget: boolean): Promise<void> {
  const steps = new Steps(false);
  // One that outlived a killed `up`, or was started by hand, would go on and write its state anew.
  await steps.run("running updates", (_report, notice) => stopEngines(folder.pulumiState, notice));
  const kubeconfigs = readClusterSource(folder)?.kubeconfigs ?? [];
  const remains =
    kubeconfigs.length === 0
      ? []
      : await steps.run("given clusters", async (report, notice) => {
          const found = await leaveGivenClusters(folder, kubeconfigs, report);
          found.forEach(notice);
          return found;
        });
  await steps.run("background process", () => stopDaemon(folder));
  await steps.run("clusters and network", () => removeClusters(folder));
  if (remains.length > 0 && !forget) {
    throw new Error(
      "what is listed above is still in the clusters that the sandbox was given, and only its record in " +
        `${folder.root} tells how to destroy that. Run \`make sandbox-down\` again once the cluster can be reached; ` +
        "what can't be destroyed so, delete with kubectl and helm, namespaces last. " +
        `\`node sandbox/cli/main.ts down --state ${folder.root} --forget\` removes the record.`,
    );
  }
  await steps.run("files", () => removeMarked(folder));
}

/** Files that a sandbox whose folder somebody deleted has written since can't be told from anybody else's. */
async function stopWithoutFiles(folder: StateFolder): Promise<void> {
  const steps = new Steps(false);
  await steps.run("running updates", (_report, notice) => stopEngines(folder.pulumiState, notice));
  await steps.run("background process", () => stopDaemon(folder));
  await steps.run("clusters and network", () => stopClusters(folder));
  process.stderr.write(
    `what ran of the sandbox was stopped, but ${folder.root} has not the marker of a sandbox any more, so that the files ` +
      "there are left; remove them yourself if nobody else needs them\n",
  );
}
