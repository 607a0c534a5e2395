import { peerIdentity } from "../../components/vault/policies.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { actionNeeded } from "../failure.ts";
import { tokenLife } from "./token-life.ts";

/** What {@link revokePeer} needs. */
export interface RevokeArgs {
  /** The region's own Vault, as the operator of links. */
  readonly operator: VaultClient;
  /** The same, with no login. */
  readonly vault: VaultClient;
  readonly peer: string;
  /** A token of the peer, to prove with that it is over. */
  readonly token: string;
  /** Takes away what the region carries to the peer: it would take the place of the first token after a new grant. */
  readonly forgetToken: () => Promise<void>;
}

/**
 * Cuts a peer off: no new token is made for it, and all that it has are ended. Then tries one of them.
 * @throws Failure if the token was no good before, so that it proves nothing, or still is.
 */
export async function revokePeer({ operator, vault, peer, token, forgetToken }: RevokeArgs): Promise<void> {
  const before = await tokenLife(vault, token, Date.now());
  // The role first: a token that is made in between would survive.
  await operator.send("DELETE", `auth/token/roles/${peerIdentity(peer)}`);
  await operator.send("PUT", `sys/leases/revoke-prefix/auth/token/create/${peerIdentity(peer)}`, {});
  await forgetToken();
  const after = await tokenLife(vault, token, Date.now());
  if (after.state !== "refused") {
    throw actionNeeded(
      `all tokens of ${peer} were revoked, but one of them is not refused: it is ${after.state}. ` +
        `Remove ${peer} from vault-federation:peers and run \`pulumi up\`, which takes their policy away.`,
    );
  }
  if (before.state !== "valid") {
    throw actionNeeded(
      `all tokens of ${peer} were revoked, but that is not proved: the one that was tried was ${before.state} before too.`,
    );
  }
}
