import { setTimeout as delay } from "node:timers/promises";
import type { Waiting } from "../../schema/kind.ts";
import { VaultFailure } from "../api/failure.ts";

/** Milliseconds between two tries, and number of tries, as with the official plugin. */
const PAUSE = 500;
const TRIES = 60;

/** Repeats what a KV mount refuses while it turns itself into one with versions, for seconds after it was made. */
export async function afterUpgrade<Result>(
  work: () => Promise<Result>,
  { signal, report }: Waiting,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isUpgrading =
        error instanceof VaultFailure && error.says("Upgrading from non-versioned to versioned data");
      if (!isUpgrading || attempt === TRIES) {
        throw error;
      }
      report?.("waiting for the mount, which is still becoming one with versions");
      await delay(PAUSE, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }
}
