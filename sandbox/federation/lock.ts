import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { z } from "zod";

import { worksOn } from "./engines.ts";
import type { PulumiCli, PulumiRun } from "./pulumi.ts";

const pollMilliseconds = 500;
const patienceMilliseconds = 600_000;

const lockSchema = z.object({ pid: z.number() });

/** A number that no process has. */
const noProcess = 0;

/** A stack in a backend. */
export interface StackPlace {
  /** Folder of Pulumi's state backend. */
  readonly backend: string;
  /** Name of the Pulumi project. */
  readonly project: string;
  readonly stack: string;
}

/**
 * Waits until no update of a stack is under way, such as one that outlived a killed `sandbox up`, and frees a stack whose
 * update was killed.
 * Source: pkg/backend/diy/lock.go writes one JSON file a lock, with the process id.
 * @param patience Milliseconds to wait for a running update; ten minutes by default.
 * @throws Error that names the process if it does not end; whatever the signal's reason is, if that interrupts the wait.
 */
export async function freeLock(
  pulumi: PulumiCli,
  place: StackPlace,
  { onLine, signal }: PulumiRun,
  patience = patienceMilliseconds,
): Promise<void> {
  const deadline = Date.now() + patience;
  const told = new Set<number>();
  for (;;) {
    const holders = await readHolders(place);
    // That of another user, which can't be looked into, is taken for one.
    const [alive] = await filterAsync(holders, async (pid) => (await worksOn(pid, place.backend)) ?? true);
    if (alive === undefined) {
      if (holders.length > 0) {
        await pulumi.run(["cancel", "--yes", "--stack", place.stack]);
      }
      return;
    }
    if (Date.now() >= deadline) {
      throw new Error(
        `pulumi (process ${alive}) is still at work on stack ${place.stack} after ${patience / 60_000} min. ` +
          `Wait until it ends, or interrupt it with \`kill -INT ${alive}\`, and try again.`,
      );
    }
    if (!told.has(alive)) {
      onLine?.(`waiting for pulumi (process ${alive}), which is at work on this stack; Ctrl-C ends the wait`);
      told.add(alive);
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

async function readHolders({ backend, project, stack }: StackPlace): Promise<readonly number[]> {
  const folder = join(backend, ".pulumi", "locks", "organization", project, stack);
  const files = (await readdir(folder).catch(missing)) ?? [];
  const texts = await Promise.all(
    files
      .filter((file) => file.endsWith(".json"))
      .map((file) => readFile(join(folder, file), "utf8").catch(missing)),
  );
  return texts.filter((text) => text !== undefined).map(holderIn);
}

/** A lock that a loss of power has emptied belongs to a process that can't be running. */
function holderIn(text: string): number {
  return lockSchema.safeParse(parseJson(text)).data?.pid ?? noProcess;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function filterAsync<T>(
  values: readonly T[],
  keep: (value: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const kept = await Promise.all(values.map(keep));
  return values.filter((_value, index) => kept[index]);
}

function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
    throw error;
  }
}
