import { peerIdentity } from "../../components/vault/policies.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { tokenLife, type TokenLife } from "./token-life.ts";

/** What {@link revokePeer} needs. */
export interface RevokeArgs {
  /** The region's own Vault, as the operator of links. */
  readonly operator: VaultClient;
  /** The same, with no login. */
  readonly vault: VaultClient;
  readonly peer: string;
  /** A token of the peer, to prove with that it is over; undefined where none is at hand. */
  readonly token: string | undefined;
  /** Takes away what the region carries to the peer: it would take the place of the first token after a new grant. */
  readonly forgetToken: () => Promise<void>;
}

/** What came of a revocation. */
export interface Revocation {
  /** Whether something that worked before was tried, and refused. */
  readonly proved: boolean;
  /** The same in words, with what to do where it is not. */
  readonly line: string;
}

/**
 * Cuts a peer off: no new token is made for it, and all that Vault knows of are ended. Then tries one of them, if there is
 * one.
 */
export async function revokePeer({
  operator,
  vault,
  peer,
  token,
  forgetToken,
}: RevokeArgs): Promise<Revocation> {
  const before = await tokenLife(vault, token, Date.now());
  // The role first: a token that is made in between would survive.
  await operator.send("DELETE", `auth/token/roles/${peerIdentity(peer)}`);
  await operator.send("PUT", `sys/leases/revoke-prefix/auth/token/create/${peerIdentity(peer)}`, {});
  await forgetToken();
  const after = await tokenLife(vault, token, Date.now());
  if (before.state === "valid" && after.state === "refused") {
    return { proved: true, line: `${peer} is cut off: a token that worked before is refused now` };
  }
  return { proved: false, line: `all tokens of ${peer} were revoked, but ${doubt(peer, before, after)}` };
}

function doubt(peer: string, before: TokenLife, after: TokenLife): string {
  if (before.state === "absent") {
    return "that is not proved: none is at hand to try.";
  }
  return after.state === "refused"
    ? `that is not proved: the one that was tried was ${before.state} before too.`
    : `one of them is not refused: it is ${after.state}. ` +
        `Remove ${peer} from vault-federation:peers and run \`pulumi up\`, which takes their policy away.`;
}
