import { readFileSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const pollMilliseconds = 100;

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

/** A signal, and for how many seconds the process may then take to end. */
export type EndingStep = readonly [signal: NodeJS.Signals, seconds: number];

/**
 * Ends a process by one signal after the other, until it has ended.
 * @returns The signal that ended it; undefined if none did.
 */
export async function endProcess(
  process: ProcessIdentity,
  steps: readonly EndingStep[],
): Promise<NodeJS.Signals | undefined> {
  for (const [signal, seconds] of steps) {
    sendSignal(process, signal);
    const deadline = Date.now() + seconds * 1_000;
    while (isRunning(process) && Date.now() < deadline) {
      await sleep(pollMilliseconds);
    }
    if (!isRunning(process)) {
      return signal;
    }
  }
  return undefined;
}

function sendSignal(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isRunning(identity)) {
      process.kill(identity.pid, signal);
    }
  } catch (error) {
    // It may end between the look and the signal.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
