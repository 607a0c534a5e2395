import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { isRunning, processIdentity, type ProcessIdentity } from "./process.ts";

const ownerSchema = z.object({ pid: z.number(), startTime: z.string(), purpose: z.string().default("") });

/** Until another process has taken over what a killed one left. */
const pollMilliseconds = 10;

/** Who has a lock. */
export interface LockOwner extends ProcessIdentity {
  /** What it is doing meanwhile, for others to read. */
  readonly purpose: string;
}

let tickets = 0;

/**
 * A file that one process at a time has. It appears with its owner's name in it, so that nobody ever sees one without; what
 * a killed process has left is taken over by exactly one of those who want it.
 */
export class ProcessLock {
  readonly #file: string;

  /** Takes the file's path; beside it other files exist for a moment, whose names begin with its name. */
  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Takes the lock for this process.
   * @returns Undefined if that worked, otherwise who has it.
   */
  async take(purpose = ""): Promise<LockOwner | undefined> {
    const self = ownIdentity();
    tickets += 1;
    const ticket = `${this.#file}.${nameOf(self)}-${String(tickets)}`;
    await writeFile(ticket, JSON.stringify({ ...self, purpose }), { mode: 0o600 });
    try {
      return await this.#takeBy(ticket);
    } finally {
      await rm(ticket, { force: true });
    }
  }

  /** Gives it back; that of somebody else stays. */
  async release(): Promise<void> {
    const owner = await this.#owner();
    if (owner !== undefined && nameOf(owner) === nameOf(ownIdentity())) {
      await rm(this.#file, { force: true });
    }
  }

  async #takeBy(ticket: string): Promise<LockOwner | undefined> {
    for (;;) {
      try {
        await link(ticket, this.#file);
        return undefined;
      } catch (error) {
        if (!hasCode(error, "EEXIST")) {
          throw error;
        }
      }
      const owner = await this.#owner();
      if (owner !== undefined && isRunning(owner)) {
        return owner;
      }
      if (owner !== undefined && (await this.#takeOver(owner, ticket))) {
        return undefined;
      }
      await setTimeout(pollMilliseconds);
    }
  }

  /** Nobody but who has the lock of a dead owner's end may replace that owner, and nobody else changes the file then. */
  async #takeOver(dead: LockOwner, ticket: string): Promise<boolean> {
    const end = new ProcessLock(`${this.#file}.${nameOf(dead)}`);
    if ((await end.take()) !== undefined) {
      return false;
    }
    try {
      const owner = await this.#owner();
      if (owner === undefined || nameOf(owner) !== nameOf(dead)) {
        return false;
      }
      await rename(ticket, this.#file);
      return true;
    } finally {
      await end.release();
    }
  }

  /** Undefined if the lock is free. One that a loss of power has emptied belongs to a process that can't be running. */
  async #owner(): Promise<LockOwner | undefined> {
    try {
      return ownerSchema.parse(JSON.parse(await readFile(this.#file, "utf8")));
    } catch (error) {
      return hasCode(error, "ENOENT") ? undefined : { pid: 0, startTime: "unknown", purpose: "" };
    }
  }
}

function ownIdentity(): ProcessIdentity {
  const self = processIdentity(process.pid);
  if (self === undefined) {
    throw new Error("/proc has no entry for this process: a sandbox needs Linux, with /proc mounted.");
  }
  return self;
}

function nameOf({ pid, startTime }: ProcessIdentity): string {
  return `${String(pid)}-${startTime}`;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
