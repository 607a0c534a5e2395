import { sourcesNamespace as namespace } from "../../components/federation/secret-paths.ts";
import type { PlannedSecret, Push, Register } from "../../components/federation/secret-plan.ts";
import { localStore } from "../../components/federation/store-names.ts";
import { obstacleAt, synchronise } from "../external-secrets/synchronise.ts";
import type { SecretObjects } from "./secret-objects.ts";
import { stateOf } from "./source.ts";

/** How one push of a change ended. */
export interface Delivery {
  readonly store: string;
  readonly path: string;
  /** What hung when the time was up; empty if the change has arrived. */
  readonly obstacle: string;
  /** Whether the store keeps what it had instead; absent where it takes the change when it can. */
  readonly kept?: "yes" | "unknown";
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
  const place = { kind: "PushSecret", namespace, name: push.name } as const;
  return { store, path, obstacle: await synchronise(objects.synced, place, deadline) };
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
  const place = { kind: "ExternalSecret", namespace, name: register.name } as const;
  const unsynced = await synchronise(objects.synced, place, deadline);
  const obstacle = unsynced === "" ? await obstacleAt(deadline, outdated) : unsynced;
  return obstacle === ""
    ? deliverPush(objects, push, deadline)
    : { store: push.store, path: push.path, obstacle };
}
