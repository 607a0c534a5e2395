import { readFile, readdir } from "node:fs/promises";

/** The first process of a running machine. */
export interface MachineProcess {
  /** Process id as the host sees it. */
  readonly pid: number;
  /** Name of the machine. */
  readonly machine: string;
}

/**
 * Tells from `/proc/<pid>/status` and `/proc/<pid>/cmdline` whether a process is the first one of a machine. That it is
 * process 1 of a PID namespace tells it from the program that started it, which has the same arguments.
 * @param mark Name of the sandbox, which is the argument after the script's path.
 * @returns Name of the machine.
 */
export function parseMachineProcess(mark: string, status: string, cmdline: string): string | undefined {
  const ids = /^NSpid:\t(.*)$/m.exec(status)?.[1]?.split("\t") ?? [];
  const [, script = "", marked, machine] = cmdline.split("\0");
  return ids.length > 1 && ids.at(-1) === "1" && script.endsWith("/init.sh") && marked === mark
    ? machine
    : undefined;
}

/**
 * Finds the running machines of a sandbox by looking at every process. Nothing is recorded that could be outdated after
 * a crash or a reboot, or point to a process which got the same id later.
 */
export async function findMachines(mark: string): Promise<MachineProcess[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid): Promise<MachineProcess[]> => {
      try {
        const [status, cmdline] = await Promise.all([
          readFile(`/proc/${pid}/status`, "utf8"),
          readFile(`/proc/${pid}/cmdline`, "utf8"),
        ]);
        const machine = parseMachineProcess(mark, status, cmdline);
        return machine === undefined ? [] : [{ pid: Number(pid), machine }];
      } catch {
        // The process ended while it was looked at.
        return [];
      }
    }),
  );
  return found.flat();
}
