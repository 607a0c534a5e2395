import { readdirSync, readFileSync } from "node:fs";

/** A process of a tree, and the most memory that it has had. */
export interface MeasuredProcess {
  readonly pid: number;
  /** Its place in the tree. */
  readonly parent: number;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Largest resident set so far. */
  readonly peakMiB: number;
}

const intervalMilliseconds = 200;

/**
 * Follows a process and all that it starts, for the most memory that each has had. The kernel keeps that figure, so that only
 * what a process adds after the last look before its end is missed.
 */
export class ProcessMemory {
  readonly #root: number;
  readonly #timer: NodeJS.Timeout;
  readonly #seen = new Map<number, MeasuredProcess>();

  /** Begins to follow a running process. */
  constructor(root: number) {
    this.#root = root;
    this.#timer = setInterval(() => {
      this.#look();
    }, intervalMilliseconds);
    this.#look();
  }

  /** Ends, and answers all processes that were seen. */
  stop(): readonly MeasuredProcess[] {
    clearInterval(this.#timer);
    return [...this.#seen.values()];
  }

  #look(): void {
    for (const [pid, parent] of descendants(this.#root, parents())) {
      const measured = measure(pid, parent);
      if (measured !== undefined) {
        this.#seen.set(pid, measured);
      }
    }
  }
}

/** A process and all below it, each with its parent. */
export function descendants(root: number, parentOf: ReadonlyMap<number, number>): Map<number, number> {
  const found = new Map([[root, parentOf.get(root) ?? 0]]);
  // Grows while it is gone through.
  for (const [pid] of found) {
    for (const [child, parent] of parentOf) {
      if (parent === pid) {
        found.set(child, parent);
      }
    }
  }
  return found;
}

function parents(): Map<number, number> {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return new Map(
    pids.flatMap((pid): [number, number][] => {
      const status = read(pid, "stat");
      // proc(5): field 4; field 2 is the name in parentheses and may itself contain blanks and parentheses.
      const [, parent] = status.slice(status.lastIndexOf(")") + 2).split(" ");
      return parent === undefined ? [] : [[Number(pid), Number(parent)]];
    }),
  );
}

function measure(pid: number, parent: number): MeasuredProcess | undefined {
  const command = read(pid, "cmdline").split("\0").filter(Boolean);
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(read(pid, "status")) ?? [];
  return kibibytes === undefined ? undefined : { pid, parent, command, peakMiB: Number(kibibytes) / 1_024 };
}

/** A process may end while it is looked at. */
function read(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
