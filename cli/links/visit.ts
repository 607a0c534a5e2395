import { externalSecretsAccount, loginAudience } from "../../components/federation/link-names.ts";
import { peerIdentity, peerLoginPath } from "../../components/vault/policies.ts";
import { withLogin } from "../../components/vault/api/login.ts";
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
    return await admitted(visitor, linked, remote, there, (client) => {
      if (client === undefined) {
        throw actionNeeded(`there is no token that leads to ${peer}; look at \`vfed link status\``);
      }
      return work(client);
    });
  } finally {
    there.close();
  }
}

/**
 * Does work with what a region is let in with at a peer: the token that its cluster has, which may be none yet, or a login
 * for its service account, which ends with the work.
 * @throws Whatever the login or the work throws.
 */
export async function admitted<T>(
  { region, cluster }: Visitor,
  linked: LinkedPeer,
  { login }: RemoteVault,
  there: VaultClient,
  work: (client: VaultClient | undefined) => Promise<T>,
): Promise<T> {
  if (login.auth === "token") {
    const token = await ownToken({ cluster }, linked);
    return work(token === undefined ? undefined : there.withToken(token));
  }
  const jwt = await cluster.serviceAccountToken(externalSecretsAccount, loginAudience(linked.peer));
  return withLogin(there, `auth/${peerLoginPath(region)}/login`, { role: peerIdentity(region), jwt }, work);
}
