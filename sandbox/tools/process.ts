import { readFileSync } from "node:fs";

/** A running process, told apart from later ones with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in clock ticks since the boot. */
  readonly startTime: string;
}

/** Reads the identity of a process; undefined if there is none with that number. */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // proc(5): field 22; field 2 is the name in parentheses and may itself contain blanks and parentheses.
  const startTime = status.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether the process runs still. */
export function isRunning(process: ProcessIdentity): boolean {
  return processIdentity(process.pid)?.startTime === process.startTime;
}
