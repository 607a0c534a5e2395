import { randomBytes } from "node:crypto";

import { peerTokenPath } from "../../components/vault/policies.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { RemoteVault } from "../../config/contract.ts";
import { failureOf, type SyncedObject } from "../external-secrets/synced-object.ts";
import { compare, type Comparison } from "./divergence.ts";
import { actingAs, actors, remoteClient } from "./login.ts";
import { ownToken, peersToken, type LinkedPeer, type RegionLinks } from "./region-links.ts";
import { tokenLife, type TokenLife } from "./token-life.ts";

/** A PushSecret that leads to a peer. */
export interface PushStatus {
  readonly name: string;
  readonly paths: readonly string[];
  /** When it last reached the peer (RFC 3339); absent if it never did. */
  readonly lastSync?: string;
  /** Why it does not; empty if it does. */
  readonly failure: string;
}

/** How a link stands. */
export interface LinkStatus {
  readonly peer: string;
  /** `none` as long as the peer has not said where its Vault is. */
  readonly link: "none" | "token" | "jwt";
  /** The token with which this region goes to the peer. */
  readonly outgoing?: TokenLife;
  /** The token with which the peer comes here, as it was minted last. */
  readonly incoming?: TokenLife;
  readonly pushes: readonly PushStatus[];
  readonly secrets: readonly Comparison[];
}

/** Looks at all links of a region. What can't be found out of one says so, and hides nothing of the others. */
export async function linkStatuses(links: RegionLinks, now: number): Promise<LinkStatus[]> {
  const pushes = await links.cluster.synced.all("PushSecret");
  return actingAs(actors.externalSecrets, links.cluster, links.vault, (vault) =>
    Promise.all(links.peers.map((peer) => linkStatus({ ...links, vault }, peer, pushes, now))),
  );
}

async function linkStatus(
  links: RegionLinks,
  linked: LinkedPeer,
  allPushes: readonly SyncedObject[],
  now: number,
): Promise<LinkStatus> {
  const { peer, remote } = linked;
  const minted = await peersToken(links, linked);
  const incoming = minted === undefined ? undefined : await tokenLife(links.vault, minted, now);
  if (remote === undefined) {
    return { peer, link: "none", incoming, pushes: [], secrets: [] };
  }
  const pushes = pushesTo(linked, allPushes).map(pushStatus);
  const own = await ownToken(links, linked);
  const there = remoteClient(peer, remote);
  try {
    return {
      peer,
      link: remote.login.auth,
      incoming,
      outgoing: remote.login.auth === "token" ? await tokenLife(there, own, now) : undefined,
      pushes,
      secrets: own === undefined ? [] : await comparisons(links, remote, pushes, there.withToken(own)),
    };
  } finally {
    there.close();
  }
}

/** Tokens differ between Vaults by design: each leads to the other one. */
function comparisons(
  { vault }: RegionLinks,
  { login }: RemoteVault,
  pushes: readonly PushStatus[],
  there: VaultClient,
): Promise<Comparison[]> {
  const key = randomBytes(32);
  const paths = new Set(pushes.flatMap((push) => push.paths));
  const shared = [...paths].filter((path) => !path.startsWith(peerTokenPath(""))).sort();
  return login.auth === "token"
    ? Promise.all(shared.map((path) => compare(path, vault, there, key)))
    : Promise.resolve([]);
}

/** The PushSecrets that lead to a peer's store, by name. */
export function pushesTo({ names }: LinkedPeer, pushes: readonly SyncedObject[]): SyncedObject[] {
  return pushes
    .filter(({ spec }) => spec?.secretStoreRefs?.some(({ name }) => name === names.store))
    .sort((one, other) => (pushStatus(one).name < pushStatus(other).name ? -1 : 1));
}

/** How a PushSecret stands. */
export function pushStatus(push: SyncedObject): PushStatus {
  return {
    name: `${push.metadata?.namespace ?? ""}/${push.metadata?.name ?? ""}`,
    paths: [...new Set((push.spec?.data ?? []).map(({ match }) => match.remoteRef.remoteKey))],
    lastSync: push.status?.refreshTime,
    failure: failureOf(push),
  };
}

/** What a person has to look at; empty if a link is in order. */
export function linkProblems(status: LinkStatus): string[] {
  const { peer, link, incoming, outgoing, pushes, secrets } = status;
  const tokens = { [`the token that leads to ${peer}`]: outgoing, [`the token of ${peer}`]: incoming };
  return [
    ...(link === "none" ? [`there is no link to ${peer} yet; run \`pulumi up\` in both regions`] : []),
    ...Object.entries(tokens).flatMap(([name, life]) =>
      life === undefined || life.state === "valid" ? [] : [`${name} is ${wordsOf(life)}`],
    ),
    ...pushes.filter(({ failure }) => failure !== "").map(({ name, failure }) => `${name}: ${failure}`),
    ...secrets
      .filter(({ verdict }) => verdict !== "equal")
      .map(
        ({ path, verdict }) => `${path} is ${verdict === "different" ? "not the same there" : "not known"}`,
      ),
  ];
}

function wordsOf(life: TokenLife): string {
  return life.state === "unknown" ? `unknown: ${life.reason}` : life.state;
}
