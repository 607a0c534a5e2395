import { randomBytes } from "node:crypto";

import { peerTokenPath } from "../../components/vault/policies.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { RemoteVault } from "../../config/contract.ts";
import { failureOf, pushedAt, type SyncedObject } from "../external-secrets/synced-object.ts";
import type { LinkCluster } from "./cluster.ts";
import { compare, type Comparison } from "./divergence.ts";
import { actingAs, actors, remoteClient } from "./login.ts";
import { durationInWords } from "./duration.ts";
import { notLinked, peersToken, type LinkedPeer, type RegionLinks } from "./region-links.ts";
import { lifeAfter, loginLife, tokenLife, type TokenLife } from "./token-life.ts";
import { tokenSources, type TokenSource } from "./token-supply.ts";
import { admitted, type Visitor } from "./visit.ts";

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
  /** The token with which this region goes to the peer; where it logs in by JWT, that of a login made just now. */
  readonly outgoing?: TokenLife;
  /** The token with which the peer comes here, as it was minted last. */
  readonly incoming?: TokenLife;
  /** What these tokens come from. */
  readonly sources: readonly TokenSource[];
  readonly pushes: readonly PushStatus[];
  readonly secrets: readonly Comparison[];
}

/** What a region is asked for about the tokens that it mints. */
type MintingRegion = Pick<RegionLinks, "vault"> & { readonly cluster: Pick<LinkCluster, "secretValue"> };

/** Looks at all links of a region. What can't be found out of one says so, and hides nothing of the others. */
export async function linkStatuses(links: RegionLinks, now: number): Promise<LinkStatus[]> {
  const { synced } = links.cluster;
  const objects = { pushes: await synced.all("PushSecret"), externals: await synced.all("ExternalSecret") };
  return actingAs(actors.externalSecrets, links.cluster, links.vault, (vault) =>
    Promise.all(links.peers.map((peer) => linkStatus({ ...links, vault }, peer, objects, now))),
  );
}

async function linkStatus(
  links: RegionLinks,
  linked: LinkedPeer,
  objects: { readonly pushes: readonly SyncedObject[]; readonly externals: readonly SyncedObject[] },
  now: number,
): Promise<LinkStatus> {
  const { peer, remote } = linked;
  const incoming = await mintedLife(links, linked, now);
  if (remote === undefined) {
    return { peer, link: "none", incoming, sources: [], pushes: [], secrets: [] };
  }
  const pushes = pushesTo(linked, objects.pushes).map(pushStatus);
  const { outgoing, secrets } = await lookAround(links, linked, remote, pushes, now);
  const sources = tokenSources(linked, objects.externals);
  return { peer, link: remote.login.auth, incoming, outgoing, sources, pushes, secrets };
}

/** The life of what was minted for the peer last; undefined where nothing is minted, or not yet. */
export async function mintedLife(
  links: MintingRegion,
  linked: LinkedPeer,
  now: number,
): Promise<TokenLife | undefined> {
  const minted = await peersToken(links, linked);
  const isDue = linked.remote !== undefined && linked.hasTokenRole;
  return minted === undefined && !isDue ? undefined : tokenLife(links.vault, minted, now);
}

/** What a region is let in with at a peer, and what it sees there. */
export async function lookAround(
  links: Visitor & Pick<RegionLinks, "vault">,
  linked: LinkedPeer,
  remote: RemoteVault,
  pushes: readonly PushStatus[],
  now: number,
): Promise<Pick<LinkStatus, "outgoing" | "secrets">> {
  const there = remoteClient(linked.peer, remote);
  let seen: Pick<LinkStatus, "outgoing" | "secrets"> = { secrets: [] };
  try {
    await admitted(links, linked, remote, there, async (client) => {
      seen =
        client === undefined
          ? { outgoing: { state: "absent" }, secrets: [] }
          : { outgoing: await loginLife(client, now), secrets: await comparisons(links, pushes, client) };
    });
    return seen;
  } catch (error) {
    // That a login can't be ended takes away nothing of what was seen with it: it ends by itself.
    return seen.outgoing === undefined ? { outgoing: lifeAfter(error), secrets: [] } : seen;
  } finally {
    there.close();
  }
}

/** Tokens differ between Vaults by design: each leads to the other one. */
function comparisons(
  { vault }: Pick<RegionLinks, "vault">,
  pushes: readonly PushStatus[],
  there: VaultClient,
): Promise<Comparison[]> {
  const key = randomBytes(32);
  const paths = new Set(pushes.flatMap((push) => push.paths));
  const shared = [...paths].filter((path) => !path.startsWith(peerTokenPath(""))).sort();
  return Promise.all(shared.map((path) => compare(path, vault, there, key)));
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
    lastSync: pushedAt(push),
    failure: failureOf(push),
  };
}

/** What a person has to look at; empty if a link is in order. */
export function linkProblems(status: LinkStatus): string[] {
  const { peer, link, incoming, outgoing, sources, pushes, secrets } = status;
  const own = link === "jwt" ? `the login by JWT at ${peer}` : `the token that leads to ${peer}`;
  const tokens = { [own]: outgoing, [`the token of ${peer}`]: incoming };
  return [
    ...(link === "none" ? [notLinked(peer)] : []),
    ...Object.entries(tokens).flatMap(([name, life]) =>
      life === undefined || life.state === "valid" ? [] : [`${name} is ${wordsOf(life)}`],
    ),
    ...overdue(status),
    ...sources.filter(({ failure }) => failure !== "").map(({ name, failure }) => `${name}: ${failure}`),
    ...pushes.filter(({ failure }) => failure !== "").map(({ name, failure }) => `${name}: ${failure}`),
    ...secrets
      .filter(({ verdict }) => verdict !== "equal")
      .map(({ path, verdict, here, there }) =>
        verdict === "different"
          ? `${path} is not the same there`
          : `${path} is not known: ${here.unknown ?? there.unknown ?? "Vault gives no reason"}`,
      ),
  ];
}

/** A token that has missed its rotation twice: nothing else may tell that rotation has come to a halt. */
function overdue({ peer, incoming, sources }: LinkStatus): string[] {
  const interval = sources.find(({ intervalSeconds }) => intervalSeconds !== undefined)?.intervalSeconds;
  if (incoming?.state !== "valid" || interval === undefined || incoming.ageSeconds <= 2 * interval) {
    return [];
  }
  const [age, due] = [incoming.ageSeconds, interval].map(durationInWords);
  return [
    `the token of ${peer} is ${age} old, although a fresh one is due every ${due}; run \`vfed link rotate\``,
  ];
}

function wordsOf(life: TokenLife): string {
  return life.state === "unknown" ? `unknown: ${life.reason}` : life.state;
}
