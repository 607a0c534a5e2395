import { linkNamespace as namespace } from "../../components/federation/link-names.ts";
import { synchronise, type Synchroniser } from "../external-secrets/synchronise.ts";
import { notLinked, type LinkedPeer } from "./region-links.ts";

/** How the rotation of one peer's token ended. */
export interface Rotation {
  readonly peer: string;
  /** What hung when the time was up; empty if the peer has a fresh token. */
  readonly obstacle: string;
}

/**
 * Has a fresh token minted for each of some peers and carried there, and waits for both. A peer that hangs holds up no
 * other.
 * @param milliseconds How long to wait for minting, and again for carrying.
 */
export function rotateAll(
  objects: Synchroniser,
  peers: readonly LinkedPeer[],
  milliseconds: number,
): Promise<Rotation[]> {
  return Promise.all(
    peers.map(async (linked) => ({
      peer: linked.peer,
      obstacle: obstacleTo(linked) ?? (await rotate(objects, linked.names.outgoingToken, milliseconds)),
    })),
  );
}

/** Why there is nothing to rotate; undefined where there is. */
function obstacleTo({ peer, remote, hasTokenRole }: LinkedPeer): string | undefined {
  if (!hasTokenRole) {
    return "it logs in by JWT, and has no token that could be replaced";
  }
  return remote === undefined ? notLinked(peer) : undefined;
}

async function rotate(objects: Synchroniser, name: string, milliseconds: number): Promise<string> {
  for (const kind of ["ExternalSecret", "PushSecret"] as const) {
    const place = { kind, namespace, name };
    const obstacle = await synchronise(objects, place, Date.now() + milliseconds);
    if (obstacle !== "") {
      return `${kind} ${name}: ${obstacle}`;
    }
  }
  return "";
}
