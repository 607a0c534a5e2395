import { externalSecretsNames } from "../delivery/external-secrets-values.ts";
import { remoteStores } from "./store-names.ts";

/** Namespace of everything that carries tokens. */
export const linkNamespace = externalSecretsNames.namespace;

/** ClusterSecretStore of the region's own Vault by which links have their tokens, and its role there. */
export const linkStore = { store: "vault-links", role: "links" } as const;

/** The service account that External Secrets logs in with. */
export const externalSecretsAccount = externalSecretsNames.serviceAccount;

/** The service account that `vfed link revoke` logs in with, and its role. */
export const linkOperator = { account: "vfed", role: "link-operator" } as const;

/** Key of a token in the Secret and in the Vault that hold it. */
export const tokenKey = "token";

/** What the link to one peer is called in this region's cluster. */
export interface LinkNames {
  /** ClusterSecretStore that leads to the peer's Vault. */
  readonly store: string;
  /** Secret, and the ExternalSecret that writes it, with the token that leads there. */
  readonly incomingToken: string;
  /** Secret, the ExternalSecret that mints it, and the PushSecret that carries it to the peer. */
  readonly outgoingToken: string;
}

/** Names of a link. Those that the peer's name is not part of are for a region that has one peer only. */
export function linkNames(peers: readonly string[], peer: string): LinkNames {
  const store = remoteStores(peers)[peer] ?? peer;
  return { store, incomingToken: `${store}-token`, outgoingToken: `peer-token-${peer}` };
}

/** Audience of the tokens by which pods log in to a region's Vault from outside: useless at any other region. */
export function loginAudience(region: string): string {
  return `vault-${region}`;
}
