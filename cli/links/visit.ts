import { externalSecretsAccount, loginAudience } from "../../components/federation/link-names.ts";
import { peerIdentity, peerLoginPath } from "../../components/vault/policies.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { RemoteVault } from "../../config/contract.ts";
import { actionNeeded } from "../failure.ts";
import type { LinkCluster } from "./cluster.ts";
import { remoteClient } from "./login.ts";
import { notLinked, ownToken, type LinkedPeer } from "./region-links.ts";

/** A region that goes to a peer. */
export interface Visitor {
  /** The region's name. */
  readonly region: string;
  readonly cluster: Pick<LinkCluster, "secretValue" | "serviceAccountToken">;
}

/**
 * Does work in a peer's Vault with the rights that the region's External Secrets has there.
 * @throws Failure if there is no link, or no token; whatever the login or the work throws.
 */
export async function visitPeer<T>(
  visitor: Visitor,
  linked: LinkedPeer,
  work: (there: VaultClient) => Promise<T>,
): Promise<T> {
  const { peer, remote } = linked;
  if (remote === undefined) {
    throw actionNeeded(notLinked(peer));
  }
  const there = remoteClient(peer, remote);
  try {
    const token = await visitorToken(visitor, linked, remote, there);
    if (token === undefined) {
      throw actionNeeded(`there is no token that leads to ${peer}; look at \`vfed link status\``);
    }
    return await work(there.withToken(token));
  } finally {
    there.close();
  }
}

/**
 * What a region is let in with at a peer: the token that its cluster has, or one that it gets for its service account, which
 * ends after ten minutes. Undefined where there is none yet.
 */
export async function visitorToken(
  { region, cluster }: Visitor,
  linked: LinkedPeer,
  { login }: RemoteVault,
  there: VaultClient,
): Promise<string | undefined> {
  if (login.auth === "token") {
    return ownToken({ cluster }, linked);
  }
  const jwt = await cluster.serviceAccountToken(externalSecretsAccount, loginAudience(linked.peer));
  const { auth } = await there.send<{ auth: { client_token: string } }>(
    "POST",
    `auth/${peerLoginPath(region)}/login`,
    { role: peerIdentity(region), jwt },
  );
  return auth.client_token;
}
