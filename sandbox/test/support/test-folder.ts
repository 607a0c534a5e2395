import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRunning, processIdentity } from "../../tools/process.ts";

/**
 * Makes a temporary folder whose name tells which process it belongs to: a test that is killed can't take its sandbox
 * down, and what stands in the folder may be gone before the sandbox is.
 * @param prefix What the name begins with, such as `vfed-test-`.
 */
export async function makeTestFolder(prefix: string): Promise<string> {
  const owner = processIdentity(process.pid);
  if (owner === undefined) {
    throw new Error("this process can't read its own entry in /proc");
  }
  return mkdtemp(join(tmpdir(), `${prefix}${String(owner.pid)}-${owner.startTime}-`));
}

/**
 * Folders of {@link makeTestFolder} whose process is gone. Those of running processes, and those whose name says nothing
 * of a process, are left out.
 */
export async function findAbandonedFolders(prefix: string): Promise<readonly string[]> {
  const entries = await readdir(tmpdir());
  return entries
    .filter((entry) => {
      const [, pid, startTime] = /^(\d+)-(\d+)-\w+$/.exec(entry.slice(prefix.length)) ?? [];
      return (
        entry.startsWith(prefix) &&
        pid !== undefined &&
        startTime !== undefined &&
        !isRunning({ pid: Number(pid), startTime })
      );
    })
    .map((entry) => join(tmpdir(), entry));
}
