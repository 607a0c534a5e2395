import * as pulumi from "@pulumi/pulumi";
import type { EncryptedShare } from "../components/vault/bootstrap/journal.ts";
import type { LinkSettings } from "./link-settings.ts";
import type { Settings } from "./settings.ts";

/** How a region logs in to a peer's Vault. */
export type RemoteLogin =
  | {
      readonly auth: "token";
      readonly token: string;
      /** When the token was made (RFC 3339). */
      readonly issuedAt: string;
    }
  | { readonly auth: "jwt" };

/** A peer's Vault, as a region reaches it. */
export interface RemoteVault {
  readonly address: string;
  /** CA certificates (PEM); absent where the system's own are enough. */
  readonly caBundle?: string;
  /** Vault namespace, of HCP and Enterprise; absent where all is in the root one. */
  readonly namespace?: string;
  readonly login: RemoteLogin;
}

/** Which of the tokens that a region made for a peer it exports. */
export interface TokenIssue {
  /** Counts from 1. */
  readonly number: number;
  /** When it was made (RFC 3339). */
  readonly issuedAt: string;
}

/** Who signs the tokens of a cluster's service accounts: all that another Vault needs to check them. */
export interface ServiceAccountIssuer {
  readonly issuer: string;
  /** Public keys (PEM). */
  readonly keys: readonly string[];
}

/** What a region tells one peer, and what it remembers of it. Each becomes an output named after the peer. */
export interface LinkOutputs {
  /** `peerToken_<peer>`: the token for the peer's very first login here. Secret; absent where peers log in by JWT. */
  readonly token?: pulumi.Output<string>;
  /** `peerTokenIssue_<peer>`: which token that is. */
  readonly tokenIssue?: pulumi.Output<TokenIssue>;
  /** `peerLink_<peer>`: the peer's Vault as this region knew it last, for when the peer says nothing. Secret. */
  readonly remote?: RemoteVault;
  /** `peerIssuer_<peer>`: who signs the peer's JWTs, as this region knew it last. */
  readonly issuer?: ServiceAccountIssuer;
}

/**
 * What a stack tells the outside: people, and the stacks of other regions. The names are a contract between stacks
 * that are updated at different times; a name that is here once keeps its meaning.
 */
export interface RegionOutputs {
  /** `hub` or `edge`. */
  readonly role: Settings["role"];
  /** Linode region. */
  readonly region: string;
  /** LKE's id of the cluster. */
  readonly kubernetesClusterId: pulumi.Output<string>;
  /** Addresses of the Kubernetes API. */
  readonly kubernetesEndpoints: pulumi.Output<string[]>;
  /** Kubeconfig (YAML) of a cluster administrator. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The region's root certificate (PEM). */
  readonly caBundle: pulumi.Output<string>;
  /** Address of the region's Vault; absent where it has none. */
  readonly vaultAddress?: pulumi.Input<string>;
  /** CA certificates (PEM) that the region's Vault is trusted by; absent where the system's own are enough. */
  readonly vaultCaBundle?: pulumi.Input<string>;
  /** Vault namespace, of HCP and Enterprise, that the region's Vault is; absent where it is not in one. */
  readonly vaultEnterpriseNamespace?: string;
  /** Vault's own id of the cluster; absent where Vault is not the region's own. */
  readonly vaultClusterId?: pulumi.Output<string>;
  /** Key shares of the region's Vault, each a PGP message to one operator; absent where Vault is not the region's own. */
  readonly vaultKeyShares?: pulumi.Output<readonly EncryptedShare[]>;
  /** How peers log in to the region's Vault; absent where it has none. */
  readonly linkAuth?: LinkSettings["auth"];
  /** Who signs the tokens that the region's pods log in to peers with; absent where it has no peer. */
  readonly serviceAccountIssuer?: pulumi.Output<ServiceAccountIssuer>;
  /** Names of the region's peers, linked or not: what their links are called depends on how many there are. */
  readonly peers: readonly string[];
  /** What is between the region and each of its peers. */
  readonly links: Readonly<Record<string, LinkOutputs>>;
}

/** Names of the outputs that are made for one peer. */
export function linkOutputNames(peer: string): Record<keyof LinkOutputs, string> {
  return {
    token: `peerToken_${peer}`,
    tokenIssue: `peerTokenIssue_${peer}`,
    remote: `peerLink_${peer}`,
    issuer: `peerIssuer_${peer}`,
  };
}

const secretOutputs: ReadonlySet<string> = new Set<keyof RegionOutputs>(["kubeconfig"]);
const secretLinkOutputs: ReadonlySet<string> = new Set<keyof LinkOutputs>(["token", "remote"]);

/** Prepares a region's outputs for export. Those that must be secret are, whatever became of the mark on their way. */
export function publish({ links, ...outputs }: RegionOutputs): Record<string, unknown> {
  const own = present(outputs).map(([name, value]) => [name, marked(value, secretOutputs.has(name))]);
  const perPeer = Object.entries(links).flatMap(([peer, link]) => {
    const names: Readonly<Record<string, string>> = linkOutputNames(peer);
    return present(link).map(([name, value]) => [names[name], marked(value, secretLinkOutputs.has(name))]);
  });
  return Object.fromEntries([...own, ...perPeer]) as Record<string, unknown>;
}

function present(outputs: object): [string, unknown][] {
  return Object.entries(outputs).filter(([, value]) => value !== undefined);
}

function marked(value: unknown, secret: boolean): unknown {
  return secret ? pulumi.secret(value) : value;
}
