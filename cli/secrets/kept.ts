import { randomBytes } from "node:crypto";

import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { reasonOf } from "../failure.ts";
import { fingerprint, hashOf } from "../links/divergence.ts";
import type { StoreVault } from "../links/store-vaults.ts";
import type { Delivery } from "./delivery.ts";
import type { Values } from "./values.ts";

/**
 * Looks whether the stores of a secret with `overwrite: false` have what was written: External Secrets calls a push that left
 * alone what was there a success, too.
 * @param withVaults Opens the Vaults that can be looked into; of the other stores it is not known.
 */
export async function lookedAfter(
  { pushes }: PlannedSecret,
  data: Values,
  deliveries: readonly Delivery[],
  withVaults: (look: (vaults: readonly StoreVault[]) => Promise<Delivery[]>) => Promise<Delivery[]>,
): Promise<readonly Delivery[]> {
  if (pushes.every(({ overwrite }) => overwrite)) {
    return deliveries;
  }
  try {
    return await withVaults((vaults) =>
      Promise.all(deliveries.map((delivery) => look(delivery, data, vaults))),
    );
  } catch (error) {
    return deliveries.map((delivery) => unknown(delivery, reasonOf(error)));
  }
}

async function look(delivery: Delivery, data: Values, vaults: readonly StoreVault[]): Promise<Delivery> {
  const { store, path, obstacle } = delivery;
  const vault = vaults.find((candidate) => candidate.store === store);
  if (vault === undefined || obstacle !== "") {
    return unknown(delivery, "vfed can't look into it");
  }
  const key = randomBytes(32);
  try {
    const there = await vault.visit((client) => fingerprint(client, path, key));
    if (there.unknown !== undefined) {
      return unknown(delivery, there.unknown);
    }
    return there.hash === hashOf(data, key)
      ? delivery
      : { ...delivery, obstacle: "it kept what was there", kept: "yes" };
  } catch (error) {
    return unknown(delivery, reasonOf(error));
  }
}

/** What already hangs says more than that it can't be looked at. */
function unknown(delivery: Delivery, reason: string): Delivery {
  const obstacle =
    delivery.obstacle === "" ? `it may have kept what was there: ${reason}` : delivery.obstacle;
  return { ...delivery, obstacle, kept: "unknown" };
}
