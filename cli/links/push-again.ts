import { linkNamespace } from "../../components/federation/link-names.ts";
import { placeOf } from "../external-secrets/synced-object.ts";
import { synchronise, type Synchroniser } from "../external-secrets/synchronise.ts";
import type { SyncedObjects } from "../external-secrets/synced-objects.ts";
import { notLinked, type LinkedPeer } from "./region-links.ts";
import { pushesTo, pushStatus } from "./status.ts";

/** How one step ended on the way to a peer; where there is no way, or nothing to take, that is one that hangs. */
export interface PushAttempt {
  readonly peer: string;
  /** Namespace and name of the PushSecret, or of the ExternalSecret with the token that leads there; `link` or `pushes`. */
  readonly name: string;
  /** What hung when the time was up; empty if it is done. */
  readonly obstacle: string;
}

/**
 * Has everything that a region pushes to a peer pushed now, with the token that the region's Vault has now. What failed
 * External Secrets tries ever more rarely, up to a quarter of an hour apart. Nothing that hangs holds up anything else:
 * where the token can't be had anew, the one that is there may still be good.
 * @param deadline Milliseconds since the epoch.
 * @returns The token's outcome first, then that of each push.
 */
export async function pushAgain(
  objects: Synchroniser & Pick<SyncedObjects, "all">,
  linked: LinkedPeer,
  deadline: number,
): Promise<PushAttempt[]> {
  const { peer, remote } = linked;
  if (remote === undefined) {
    return [{ peer, name: "link", obstacle: notLinked(peer) }];
  }
  const token = await fetchToken(objects, linked, (Date.now() + deadline) / 2);
  const found = pushesTo(linked, await objects.all("PushSecret"));
  if (found.length === 0) {
    return [...token, { peer, name: "pushes", obstacle: `this region pushes nothing to ${peer}` }];
  }
  const pushes = found.map(async (push) => ({
    peer,
    name: pushStatus(push).name,
    obstacle: await synchronise(objects, placeOf("PushSecret", push), deadline),
  }));
  return [...token, ...(await Promise.all(pushes))];
}

async function fetchToken(
  objects: Synchroniser,
  { peer, remote, names: { incomingToken: name } }: LinkedPeer,
  deadline: number,
): Promise<PushAttempt[]> {
  if (remote?.login.auth !== "token") {
    return [];
  }
  const place = { kind: "ExternalSecret", namespace: linkNamespace, name } as const;
  const obstacle = await synchronise(objects, place, deadline);
  return [{ peer, name: `${linkNamespace}/${name}`, obstacle }];
}
