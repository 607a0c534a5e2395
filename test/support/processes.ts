import { readdir, readFile } from "node:fs/promises";

/**
 * Kills every process whose environment has a line that begins as given, at once and without a chance to clean up.
 * @returns How many there were.
 */
export async function killProcesses(environmentPrefix: string): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A process may end while it is looked at, and those of the kernel have no environment.
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.split("\0").some((line) => line.startsWith(environmentPrefix));
    }),
  );
  const victims = pids.filter((pid, index) => found[index] === true && pid !== process.pid);
  for (const pid of victims) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
        throw error;
      }
    }
  }
  return victims.length;
}
