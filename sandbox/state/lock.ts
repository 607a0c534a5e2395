import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { ProcessLock } from "../tools/process-lock.ts";
import type { StateFolder } from "./folder.ts";

/**
 * Runs something that nothing else may do to the same sandbox at the same time. The lock of a process that is gone is
 * no obstacle.
 * @throws Error that names the process which holds it.
 */
export async function withSandboxLock<T>(
  folder: StateFolder,
  command: string,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
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
