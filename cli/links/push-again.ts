import { reasonOf } from "../failure.ts";
import type { LinkCluster } from "./cluster.ts";
import type { LinkedPeer } from "./region-links.ts";
import { pushesTo } from "./status.ts";
import { synchronise } from "./synchronise.ts";

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
 */
export async function pushAgain(
  cluster: Pick<LinkCluster, "pushes" | "read" | "trigger">,
  peer: LinkedPeer,
  deadline: number,
): Promise<PushAttempt[]> {
  if (peer.remote?.login.auth === "token") {
    await synchronise(cluster, { kind: "ExternalSecret", name: peer.names.incomingToken }, deadline);
  }
  const pushes = pushesTo(peer, await cluster.pushes());
  return Promise.all(
    pushes.map(async ({ name }) => {
      const [namespace, object = ""] = name.split("/");
      try {
        await synchronise(cluster, { kind: "PushSecret", name: object, namespace }, deadline);
        return { name, obstacle: "" };
      } catch (error) {
        return { name, obstacle: reasonOf(error) };
      }
    }),
  );
}
