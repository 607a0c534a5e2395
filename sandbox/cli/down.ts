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
 * @throws Error if some of that stays there, after it is listed and all else is gone.
 */
export async function down(folder: StateFolder): Promise<void> {
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
    await steps.run("files", () => rm(folder.root, { recursive: true, force: true }));
    if (remains.length > 0) {
      throw new Error(
        "the sandbox is removed, but what is listed above is still in the clusters that it was given. " +
          "Delete it there with kubectl and helm, namespaces last.",
      );
    }
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
