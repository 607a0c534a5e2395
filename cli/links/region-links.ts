import { linkNames, tokenKey, type LinkNames } from "../../components/federation/link-names.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { linkOutputNames, type RemoteVault } from "../../config/contract.ts";
import type { LinkSettings } from "../../config/link-settings.ts";
import { actionNeeded } from "../failure.ts";
import type { Region } from "../region/region.ts";
import { requireLeader } from "../servers/settle.ts";
import { LinkCluster } from "./cluster.ts";

/** One peer of a region, as the stack's outputs have it. */
export interface LinkedPeer {
  readonly peer: string;
  readonly names: LinkNames;
  /** The peer's Vault; absent as long as there is no link. */
  readonly remote?: RemoteVault;
  /** The token that the region's last update made for the peer's first login; absent where it makes none. */
  readonly firstToken?: string;
  /** Whether the region's Vault has a role from which tokens are minted for the peer. */
  readonly hasTokenRole: boolean;
}

/** A region with what its links are made of. */
export interface RegionLinks {
  /** The region's name. */
  readonly region: string;
  /** How peers log in here. */
  readonly auth: LinkSettings["auth"];
  readonly peers: readonly LinkedPeer[];
  readonly cluster: LinkCluster;
  /** The region's own Vault. */
  readonly vault: VaultClient;
}

/** Opens the links of a region. */
export async function openLinks(region: Region): Promise<RegionLinks> {
  return {
    region: region.stack,
    auth: region.outputs.linkAuth === "jwt" ? "jwt" : "token",
    peers: peersIn(region.outputs),
    cluster: new LinkCluster(region.config),
    vault: await requireLeader(region.servers.all),
  };
}

/** Finds the peers in a stack's outputs, linked or not, with the names that its last update gave to their links. */
export function peersIn(outputs: Readonly<Record<string, unknown>>): readonly LinkedPeer[] {
  const peers = (outputs.peers as readonly string[] | undefined) ?? peersOfLinks(outputs);
  return peers.map((peer) => ({
    peer,
    names: linkNames(peers, peer),
    remote: outputs[linkOutputNames(peer).remote] as RemoteVault | undefined,
    firstToken: outputs[linkOutputNames(peer).token] as string | undefined,
    hasTokenRole: linkOutputNames(peer).tokenIssue in outputs,
  }));
}

/** The peers of a stack whose last update was by a program that did not name them: those that it has outputs for. */
function peersOfLinks(outputs: Readonly<Record<string, unknown>>): readonly string[] {
  const prefixes = [linkOutputNames("").tokenIssue, linkOutputNames("").remote];
  const found = Object.keys(outputs).flatMap((name) =>
    prefixes.filter((prefix) => name.startsWith(prefix)).map((prefix) => name.slice(prefix.length)),
  );
  return [...new Set(found)].sort();
}

/** What to do about a peer that is not linked. */
export function notLinked(peer: string): string {
  return `there is no link to ${peer} yet; run \`pulumi up\` in both regions`;
}

/** The peer of that name. @throws Failure if the region has none. */
export function peerNamed({ peers }: Pick<RegionLinks, "peers">, stack: string, peer: string): LinkedPeer {
  const found = peers.find((candidate) => candidate.peer === peer);
  if (found === undefined) {
    const known = peers.map((candidate) => candidate.peer).join(", ");
    throw actionNeeded(
      `stack ${stack} has no peer ${peer}; it has ${known === "" ? "none" : known}. ` +
        `Name it in vault-federation:peers and run \`pulumi up --stack ${stack}\`.`,
    );
  }
  return found;
}

/** The peer of that name, or all where none is named. @throws Failure if the region has no such peer, or none at all. */
export function chosenPeers(
  links: Pick<RegionLinks, "peers">,
  stack: string,
  peer: string | undefined,
): readonly LinkedPeer[] {
  if (peer !== undefined) {
    return [peerNamed(links, stack, peer)];
  }
  if (links.peers.length === 0) {
    throw actionNeeded(
      `stack ${stack} has no peers. Name them in vault-federation:peers and run \`pulumi up --stack ${stack}\`.`,
    );
  }
  return links.peers;
}

/** The token with which the peer of a region comes to it, as the region minted it last; not the first one. */
export function peersToken(
  { cluster }: { readonly cluster: Pick<LinkCluster, "secretValue"> },
  { names }: LinkedPeer,
): Promise<string | undefined> {
  return cluster.secretValue(names.outgoingToken, tokenKey);
}

/** The token with which a region goes to its peer. */
export function ownToken(
  { cluster }: { readonly cluster: Pick<LinkCluster, "secretValue"> },
  { names }: LinkedPeer,
): Promise<string | undefined> {
  return cluster.secretValue(names.incomingToken, tokenKey);
}
