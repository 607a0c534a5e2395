import { readFileSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";

/** A running process, told apart from later ones with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in clock ticks since the boot. */
  readonly startTime: string;
}

/** A running process with its command line. */
export interface RunningProcess extends ProcessIdentity {
  /** The program and its arguments. */
  readonly command: readonly string[];
}

/** Reads the identity of a process; undefined if none with that number runs. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // proc(5): field 22; field 2 is the name in parentheses and may itself contain blanks and parentheses.
  const [state, ...fields] = status.slice(status.lastIndexOf(")") + 2).split(" ");
  const startTime = fields[18];
  // A zombie has ended; where nobody asks for it, such as below the first process of a container, it stays listed.
  return startTime === undefined || state === "Z" || state === "X" ? undefined : { pid, startTime };
}

/** Whether the process runs still. */
export function isRunning(process: ProcessIdentity): boolean {
  return processIdentity(process.pid)?.startTime === process.startTime;
}

/** All processes of this machine whose command line may be read. */
export async function runningProcesses(): Promise<readonly RunningProcess[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const processes = await Promise.all(
    pids.map(async (pid): Promise<RunningProcess[]> => {
      const identity = processIdentity(pid);
      // It may end while it is looked at.
      const text = await readFile(`/proc/${String(pid)}/cmdline`, "utf8").catch(() => "");
      return identity === undefined || text === "" ? [] : [{ ...identity, command: text.split("\0") }];
    }),
  );
  return processes.flat();
}
