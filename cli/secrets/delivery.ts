import { setTimeout as sleep } from "node:timers/promises";

import type { PlannedSecret, Push, Register } from "../../components/federation/secret-plan.ts";
import { localStore } from "../../components/federation/store-names.ts";
import { reasonOf } from "../failure.ts";
import type { SecretObjects, SyncObject } from "./secret-objects.ts";
import { stateOf } from "./source.ts";

const pollMilliseconds = 300;

/** How one push of a change ended. */
export interface Delivery {
  readonly store: string;
  readonly path: string;
  /** What hung when the time was up; empty if the change has arrived. */
  readonly obstacle: string;
}

/**
 * Has a change pushed to all stores now, and waits until each has it, or the time is up. A store that hangs holds up no
 * other. Of a secret with several writers also the region's own result is made and pushed.
 * @param deadline Milliseconds since the epoch.
 */
export async function deliver(
  objects: SecretObjects,
  { pushes, register }: PlannedSecret,
  revision: number,
  deadline: number,
): Promise<Delivery[]> {
  const deliveries = pushes.map(async (push) => {
    const delivery = await deliverPush(objects, push, deadline);
    return push.store === localStore && register !== undefined && delivery.obstacle === ""
      ? [delivery, await deliverResult(objects, register, revision, deadline)]
      : [delivery];
  });
  return (await Promise.all(deliveries)).flat();
}

async function deliverPush(objects: SecretObjects, push: Push, deadline: number): Promise<Delivery> {
  const { store, path } = push;
  return { store, path, obstacle: await syncNow(objects, { kind: "push", name: push.name }, deadline) };
}

async function deliverResult(
  objects: SecretObjects,
  register: Register,
  revision: number,
  deadline: number,
): Promise<Delivery> {
  const { push, target } = register;
  const outdated = async (): Promise<string> => {
    const { revision: seen } = stateOf(await objects.secret(target));
    return seen >= revision ? "" : `${target} still has revision ${seen}`;
  };
  const unsynced = await syncNow(objects, { kind: "register", name: register.name }, deadline);
  const obstacle = unsynced === "" ? await waited(deadline, outdated) : unsynced;
  return obstacle === ""
    ? deliverPush(objects, push, deadline)
    : { store: push.store, path: push.path, obstacle };
}

/** What hangs when the time is up; empty if the operator has dealt with the object as it is now. */
async function syncNow(objects: SecretObjects, object: SyncObject, deadline: number): Promise<string> {
  try {
    const { syncedVersion: before } = await objects.state(object);
    await objects.touch(object, new Date());
    return await waited(deadline, async () => {
      const { syncedVersion, obstacle } = await objects.state(object);
      // The operator notes a version only when it is done with it, and this one is new by the touch.
      return syncedVersion === before && obstacle === "" ? "External Secrets is at it" : obstacle;
    });
  } catch (error) {
    return reasonOf(error);
  }
}

/** Looks until nothing is missing; what is when the time is up. */
async function waited(deadline: number, look: () => Promise<string>): Promise<string> {
  for (;;) {
    const missing = await look().catch(reasonOf);
    if (missing === "" || Date.now() >= deadline) {
      return missing;
    }
    await sleep(pollMilliseconds);
  }
}
