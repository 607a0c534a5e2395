import { rm, stat } from "node:fs/promises";

import { removeClusters } from "../cluster/local-clusters.ts";
import { stopDaemon } from "../daemon/launch.ts";
import type { StateFolder } from "../state/folder.ts";
import { withSandboxLock } from "../state/lock.ts";
import { Steps } from "./steps.ts";

/**
 * Removes everything of a sandbox: its processes, namespaces, mounts and files. What is gone already is no error.
 * Existing clusters that it was given are left as they are.
 */
export async function down(folder: StateFolder): Promise<void> {
  if ((await stat(folder.root).catch(() => undefined)) === undefined) {
    process.stdout.write(`there is no sandbox in ${folder.root}\n`);
    return;
  }
  await withSandboxLock(folder, "down", async () => {
    const steps = new Steps(false);
    await steps.run("background process", () => stopDaemon(folder));
    await steps.run("clusters and network", () => removeClusters(folder));
    await steps.run("files", () => rm(folder.root, { recursive: true, force: true }));
  });
}
