import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { isRunning, processIdentity, type ProcessIdentity } from "../tools/process.ts";
import type { StateFolder } from "./folder.ts";

interface Owner {
  readonly process: ProcessIdentity;
  readonly command: string;
}

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
  const file = join(folder.root, "lock.json");
  const process = processIdentity(globalThis.process.pid);
  if (process === undefined) {
    throw new Error("this process can't read its own entry in /proc");
  }
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await take(file, { process, command });
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string, owner: Owner): Promise<void> {
  try {
    await writeFile(file, JSON.stringify(owner), { flag: "wx" });
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  }
  const holder = await readOwner(file);
  if (holder !== undefined && isRunning(holder.process)) {
    throw new Error(
      `\`sandbox ${holder.command}\` (process ${holder.process.pid}) works on this sandbox. ` +
        "Wait until it ends, or stop it with Ctrl-C or `kill`, and try again.",
    );
  }
  await rm(file, { force: true });
  await take(file, owner);
}

/** A lock that was cut short while it was written has no owner. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}
