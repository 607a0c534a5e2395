import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";

import { readClusterSource } from "../state/cluster-source.ts";
import { hasClusterTraces, removeClusters } from "../cluster/local-clusters.ts";
import { findDaemons } from "../daemon/find.ts";
import { stopDaemon } from "../daemon/launch.ts";
import { findEngines, stopEngines } from "../federation/engines.ts";
import type { StateFolder } from "../state/folder.ts";
import { withSandboxLock } from "../state/lock.ts";
import { requireLinux } from "../tools/machine.ts";
import { leaveGivenClusters } from "./given-clusters.ts";
import { Steps } from "./steps.ts";

/**
 * Removes everything of a sandbox: its processes, namespaces, mounts and files, also when its state folder is gone. What
 * is gone already is no error. What it made in existing clusters that it was given is destroyed there.
 * @param forget Removes the files also if something stays in given clusters, which only they tell how to destroy.
 * @throws Error if something stays there and is not to be forgotten, after it is listed; the files are kept then.
 */
export async function down(folder: StateFolder, forget = false): Promise<void> {
  requireLinux();
  if (!(await hasTraces(folder))) {
    process.stdout.write(`there is no sandbox in ${folder.root}\n`);
    return;
  }
  await withSandboxLock(folder, "down", async () => {
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
    await steps.run("files", () => rm(folder.root, { recursive: true, force: true }));
  });
}

async function hasTraces(folder: StateFolder): Promise<boolean> {
  return (
    existsSync(folder.root) ||
    (await findEngines(folder.pulumiState)).length > 0 ||
    (await findDaemons(folder)).length > 0 ||
    (await hasClusterTraces(folder))
  );
}
