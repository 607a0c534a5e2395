import { withLogin } from "../api/login.ts";
import { VaultError, type VaultClient } from "../api/vault-client.ts";
import type { Run } from "./bootstrap.ts";
import type { AccessCredential } from "./journal.ts";

/** Path of the audit device that records what the root token does, and only that. */
export const bootstrapAuditPath = "bootstrap";

const policyName = "pulumi";
const roleName = "pulumi";

/**
 * Lets Pulumi in: an AppRole whose tokens live four hours. Everything that the root token does from here on is recorded
 * by an audit device of its own, as the region's proper ones are made by Pulumi, later.
 */
export async function makeAccess({ args, journal, servers }: Run): Promise<void> {
  const { rootToken, access } = journal.entry;
  if (access !== undefined || rootToken === undefined) {
    return;
  }
  const vault = servers.first.withToken(rootToken);
  await enable(vault, `sys/audit/${bootstrapAuditPath}`, {
    type: "file",
    description: "what the root token did before it was revoked",
    options: { file_path: "/vault/audit/bootstrap.log" },
  });
  await enable(vault, "sys/auth/approle", { type: "approle", description: "Pulumi" });
  await vault.send("PUT", `sys/policies/acl/${policyName}`, { policy: args.pulumiPolicy });
  await vault.send("POST", `auth/approle/role/${roleName}`, {
    token_policies: [policyName],
    // The provider's own token ends with this one, and an update of several clusters takes its time.
    token_ttl: "4h",
    token_max_ttl: "4h",
  });
  await forgetSecretIds(vault);
  const role = await vault.send<{ data: { role_id: string } }>(
    "GET",
    `auth/approle/role/${roleName}/role-id`,
  );
  const secret = await vault.send<{ data: { secret_id: string } }>(
    "POST",
    `auth/approle/role/${roleName}/secret-id`,
  );
  await journal.write(
    { ...journal.entry, access: { roleId: role.data.role_id, secretId: secret.data.secret_id } },
    "access-made",
  );
}

/** Vault words it differently for devices and for auth methods. Source: vault/audit.go and vault/auth.go of Vault. */
const alreadyThere = /path (is )?already in use/;

/** Makes a device or an auth method; one that is there already is left alone. */
async function enable(vault: VaultClient, path: string, body: object): Promise<void> {
  try {
    await vault.send("PUT", path, body);
  } catch (error) {
    if (!(error instanceof VaultError && error.reasons.some((reason) => alreadyThere.test(reason)))) {
      throw error;
    }
  }
}

/** Those of an earlier run that was killed before it could keep them: nobody knows them, and nobody shall. */
async function forgetSecretIds(vault: VaultClient): Promise<void> {
  const path = `auth/approle/role/${roleName}/secret-id`;
  let accessors: readonly string[] = [];
  try {
    accessors = (await vault.send<{ data: { keys: string[] } }>("LIST", path)).data.keys;
  } catch (error) {
    if (!(error instanceof VaultError && error.status === 404)) {
      throw error;
    }
  }
  for (const accessor of accessors) {
    await vault.send("POST", `auth/approle/role/${roleName}/secret-id-accessor/destroy`, {
      secret_id_accessor: accessor,
    });
  }
}

/** Does something with a token of Pulumi's own, which ends with it. */
export function asPulumi<T>(
  server: VaultClient,
  { roleId, secretId }: AccessCredential,
  work: (vault: VaultClient) => Promise<T>,
): Promise<T> {
  return withLogin(server, "auth/approle/login", { role_id: roleId, secret_id: secretId }, work);
}
