import { peerIdentity, peerLoginPath } from "../../components/vault/policies.ts";
import { VaultError, type VaultClient } from "../../components/vault/api/vault-client.ts";
import type { Revocation } from "./revoke.ts";

/**
 * Cuts a peer off that logs in by JWT: its role goes, and what it has from logins of the last minutes is ended. Then tries a
 * login, which Vault must turn down because there is nobody to log in as, whatever JWT it brings.
 * @param operator The region's own Vault, as the operator of links.
 * @param vault The same, with no login.
 */
export async function revokeLogin(
  operator: VaultClient,
  vault: VaultClient,
  peer: string,
): Promise<Revocation> {
  const hadRole = await hasRole(vault, peer);
  // The role first: a login in between would survive.
  await operator.send("DELETE", `auth/${peerLoginPath(peer)}/role/${peerIdentity(peer)}`);
  await operator.send("PUT", `sys/leases/revoke-prefix/auth/${peerLoginPath(peer)}/login`, {});
  if (await hasRole(vault, peer)) {
    return {
      proved: false,
      line:
        `the role that ${peer} logs in with was deleted, but Vault still knows it. Remove ${peer} from ` +
        "vault-federation:peers and run `pulumi up`, which takes its policy away.",
    };
  }
  return hadRole
    ? { proved: true, line: `${peer} is cut off: Vault has no role any more that it could log in with` }
    : {
        proved: false,
        line: `all logins of ${peer} were revoked, but that is not proved: it had no role before either.`,
      };
}

/** Whether there is a role to log in with, which Vault looks at before it looks at the JWT. */
async function hasRole(vault: VaultClient, peer: string): Promise<boolean> {
  try {
    await vault.send("POST", `auth/${peerLoginPath(peer)}/login`, { role: peerIdentity(peer), jwt: "none" });
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.status === 400) {
      return !error.reasons.some((reason) => reason.includes("could not be found"));
    }
    throw error;
  }
}
