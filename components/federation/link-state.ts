import type { RemoteVault } from "../../config/contract.ts";
import type { KnownPeer, PeerOutputs } from "../../config/peer-outputs.ts";

/** What is between this region and a peer, and why. */
export type LinkState =
  | { readonly kind: "none"; readonly line: string }
  | { readonly kind: "linked"; readonly line: string; readonly remote: RemoteVault }
  | { readonly kind: "kept"; readonly line: string; readonly remote: RemoteVault };

/**
 * Decides whether there is a link to a peer. One that existed is never dropped because the peer says nothing any more:
 * then it stays as it was, and only the configuration can end it.
 */
export function linkState(stack: string, peer: string, known: KnownPeer): LinkState {
  const { outputs, remembered } = known;
  const remote = remoteOf(outputs);
  const before = remembered.remote;
  if (remote !== undefined) {
    return { kind: "linked", line: `link to ${peer}: ${loginOf(remote)} at ${remote.address}`, remote };
  }
  const reason = whyNot(stack, peer, known);
  if (before === undefined) {
    return { kind: "none", line: `no link to ${peer} yet: ${reason}` };
  }
  return {
    kind: "kept",
    line:
      `link to ${peer} is kept as it was, ${loginOf(before)} at ${before.address}, although ${reason}. ` +
      `To drop it, remove ${peer} from vault-federation:peers`,
    remote: before,
  };
}

/** Whether there is a way to a peer's Vault, now or from before. */
export function isLinked(stack: string, peer: string, known: KnownPeer): boolean {
  return linkState(stack, peer, known).kind !== "none";
}

function remoteOf({
  vaultAddress: address,
  vaultCaBundle: caBundle,
  vaultEnterpriseNamespace: namespace,
  ...said
}: PeerOutputs): RemoteVault | undefined {
  if (address === undefined) {
    return undefined;
  }
  const place = {
    address,
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(namespace === undefined ? {} : { namespace }),
  };
  if (said.linkAuth === "jwt") {
    // The peer lets nobody in whose keys it has not pinned.
    return said.issuer === undefined ? undefined : { ...place, login: { auth: "jwt" } };
  }
  const { token, tokenIssue } = said;
  return token === undefined || tokenIssue === undefined
    ? undefined
    : { ...place, login: { auth: "token", token, issuedAt: tokenIssue.issuedAt } };
}

function whyNot(stack: string, peer: string, { isUp, outputs }: KnownPeer): string {
  if (!isUp) {
    return `stack ${peer} has no outputs; run \`pulumi up --stack ${peer}\`, then this one again`;
  }
  if (outputs.vaultAddress === undefined) {
    return `stack ${peer} has no Vault; give it vault-federation:vault`;
  }
  const missing =
    outputs.linkAuth === "jwt" ? `has not pinned the keys of ${stack}` : `exports no token for ${stack}`;
  return `stack ${peer} ${missing}; name ${stack} in its vault-federation:peers and run \`pulumi up --stack ${peer}\``;
}

function loginOf({ login }: RemoteVault): string {
  return login.auth === "jwt" ? "by JWT" : "by token";
}
