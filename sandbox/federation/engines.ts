import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { endProcess, runningProcesses, type ProcessIdentity } from "../tools/process.ts";

/** For an update to end what it has begun, such as the creation of a pod that is waited for. */
const interruptSeconds = 30;
const killSeconds = 5;

/**
 * Whether a process has a Pulumi backend in its environment: its number alone may be that of another one after a reboot.
 * @returns Undefined if it belongs to another user, whose processes can't be looked into.
 */
export async function worksOn(pid: number, backend: string): Promise<boolean | undefined> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    return environment.split("\0").includes(`PULUMI_BACKEND_URL=file://${backend}`);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES" ? undefined : false;
  }
}

/**
 * Finds the `pulumi` processes of this user that are at work on a backend, whoever started them. Shells and editors that
 * have its variables are none.
 * @param backend Folder of Pulumi's state backend.
 */
export async function findEngines(backend: string): Promise<readonly ProcessIdentity[]> {
  const programs = (await runningProcesses()).filter(
    ({ command }) => basename(command[0] ?? "") === "pulumi",
  );
  const found = await Promise.all(
    programs.map(async ({ pid, startTime }) =>
      (await worksOn(pid, backend)) === true ? [{ pid, startTime }] : [],
    ),
  );
  return found.flat();
}

/**
 * Ends the `pulumi` processes that are at work on a backend: in good order if they do so in time. Their plugins and
 * programs end with them.
 * @param notice Hears of each one that was ended.
 * @param patience Seconds to wait for a good end before one is killed.
 * @throws Error if one can't be ended.
 */
export async function stopEngines(
  backend: string,
  notice: (text: string) => void,
  patience = interruptSeconds,
): Promise<void> {
  await Promise.all(
    (await findEngines(backend)).map(async (engine) => {
      const ending = await endProcess(engine, [
        ["SIGINT", patience],
        ["SIGKILL", killSeconds],
      ]);
      if (ending === undefined) {
        throw new Error(
          `pulumi (process ${engine.pid}) did not end within ${killSeconds} s after it was killed; ` +
            "it may hang in the kernel. Try again later, or reboot.",
        );
      }
      notice(
        `pulumi (process ${engine.pid}) was at work on this sandbox and was ` +
          (ending === "SIGINT" ? "interrupted" : `killed, as it did not end within ${patience} s`),
      );
    }),
  );
}
