import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { StateFolder } from "../state/folder.ts";
import { sandboxId } from "../state/identity.ts";
import { runningProcesses, type ProcessIdentity } from "../tools/process.ts";

/** Path of the background process's program; its arguments are the state folder and the given kubeconfigs. */
export const daemonProgram = fileURLToPath(new URL("main.ts", import.meta.url));

/**
 * Finds the background processes of a sandbox by their command lines: also one that has not written its record yet, or
 * whose state folder is gone.
 */
export async function findDaemons(folder: StateFolder): Promise<readonly ProcessIdentity[]> {
  const id = await sandboxId(folder);
  const found = await Promise.all(
    (await runningProcesses()).map(async ({ pid, startTime, command }): Promise<ProcessIdentity[]> => {
      const [, program = "", root] = command;
      // Another checkout may have started it.
      if (!program.endsWith("/sandbox/daemon/main.ts") || root === undefined) {
        return [];
      }
      return (await sandboxId(new StateFolder(resolve(root)))) === id ? [{ pid, startTime }] : [];
    }),
  );
  return found.flat();
}
