import { linkNamespace } from "../../components/federation/link-names.ts";
import { placeOf } from "../external-secrets/synced-object.ts";
import { synchronise, type Synchroniser } from "../external-secrets/synchronise.ts";
import type { SyncedObjects } from "../external-secrets/synced-objects.ts";
import { unreachable } from "../failure.ts";
import type { LinkedPeer } from "./region-links.ts";
import { pushesTo, pushStatus } from "./status.ts";

/** How one push ended. */
export interface PushAttempt {
  /** Namespace and name of the PushSecret. */
  readonly name: string;
  /** What hung when the time was up; empty if the peer has it. */
  readonly obstacle: string;
}

/**
 * Has everything that a region pushes to a peer pushed now, with the token that the region's Vault has now. What failed
 * External Secrets tries ever more rarely, up to a quarter of an hour apart. A push that hangs holds up no other.
 * @param deadline Milliseconds since the epoch.
 * @throws Failure if the token can't be had.
 */
export async function pushAgain(
  objects: Synchroniser & Pick<SyncedObjects, "all">,
  peer: LinkedPeer,
  deadline: number,
): Promise<PushAttempt[]> {
  if (peer.remote?.login.auth === "token") {
    const name = peer.names.incomingToken;
    const place = { kind: "ExternalSecret", namespace: linkNamespace, name } as const;
    const obstacle = await synchronise(objects, place, deadline);
    if (obstacle !== "") {
      throw unreachable(`the ExternalSecret ${name} was not synchronised: ${obstacle}`);
    }
  }
  const pushes = pushesTo(peer, await objects.all("PushSecret"));
  return Promise.all(
    pushes.map(async (push) => ({
      name: pushStatus(push).name,
      obstacle: await synchronise(objects, placeOf("PushSecret", push), deadline),
    })),
  );
}
