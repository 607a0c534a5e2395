import { setTimeout as sleep } from "node:timers/promises";

import { lookUntil } from "../../components/cluster/patience.ts";
import { reasonOf } from "../failure.ts";
import { failureOf, type SyncedPlace } from "./synced-object.ts";
import type { SyncedObjects } from "./synced-objects.ts";

const pollMilliseconds = 300;

/** What is asked of a region's cluster. */
export type Synchroniser = Pick<SyncedObjects, "read" | "trigger">;

/**
 * Has External Secrets work on an object now, and waits until it has done so with success.
 * @param deadline Milliseconds since the epoch.
 * @returns What hangs when the time is up; empty if it is done with the object as it is now.
 */
export async function synchronise(
  objects: Synchroniser,
  place: SyncedPlace,
  deadline: number,
): Promise<string> {
  try {
    const before = (await objects.read(place)).status?.syncedResourceVersion;
    await objects.trigger(place, new Date());
    return await obstacleAt(deadline, async () => {
      const object = await objects.read(place);
      const failure = failureOf(object);
      // The operator notes a version only when it is done with it, and this one is new by the trigger.
      return failure === "" && object.status?.syncedResourceVersion === before
        ? "External Secrets is at it"
        : failure;
    });
  } catch (error) {
    return reasonOf(error);
  }
}

/**
 * Looks until nothing is missing.
 * @param deadline Milliseconds since the epoch.
 * @returns What is missing when the time is up.
 */
export async function obstacleAt(deadline: number, look: () => Promise<string>): Promise<string> {
  let missing = "";
  for (;;) {
    missing = await lookUntil(deadline, look, missing).catch(reasonOf);
    if (missing === "" || Date.now() >= deadline) {
      return missing;
    }
    await sleep(pollMilliseconds);
  }
}
