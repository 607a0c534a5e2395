import { join } from "node:path";

import { ProcessLock } from "../tools/process-lock.ts";
import type { StateFolder } from "./folder.ts";
import { markFolder } from "./marker.ts";

/**
 * Runs something that nothing else may do to the same sandbox at the same time. The lock of a process that is gone is
 * no obstacle. The state folder is made, and marked as a sandbox's, before anything is written there.
 * @throws Error that names the process which holds it, or says that somebody else's files are in the folder.
 */
export async function withSandboxLock<T>(
  folder: StateFolder,
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  await markFolder(folder);
  const lock = new ProcessLock(join(folder.root, "lock.json"));
  const holder = await lock.take(command);
  if (holder !== undefined) {
    throw new Error(
      `\`sandbox ${holder.purpose}\` (process ${holder.pid}) works on this sandbox. ` +
        "Wait until it ends, or stop it with Ctrl-C or `kill`, and try again.",
    );
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
