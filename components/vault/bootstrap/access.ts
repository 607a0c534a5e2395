import { withLogin } from "../api/login.ts";
import { VaultError, type VaultClient } from "../api/vault-client.ts";
import type { Run } from "./bootstrap.ts";
import type { AccessCredential, Journal } from "./journal.ts";

/** Path of the audit device that records what the root token does, and only that. */
export const bootstrapAuditPath = "bootstrap";

const policyName = "pulumi";
const roleName = "pulumi";
const rolePath = `auth/approle/role/${roleName}`;
const loginPath = "auth/approle/login";

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
  await vault.send("POST", rolePath, {
    token_policies: [policyName],
    // The provider's own token ends with this one, and an update of several clusters takes its time.
    token_ttl: "4h",
    token_max_ttl: "4h",
  });
  // Those of an earlier run that was killed before it could keep them: nobody knows them, and nobody shall.
  await destroySecretIds(vault);
  const made = await makeCredential(vault);
  await journal.write({ ...journal.entry, access: made.access }, "access-made");
}

/**
 * Exchanges Pulumi's secret id, and ends whatever was got by another. The new one is in the journal before the others go, so
 * that a run which is killed locks nobody out, and the next one ends what it has left.
 */
export async function renewAccess(vault: VaultClient, journal: Journal): Promise<void> {
  const { access, accessor } = await makeCredential(vault);
  await journal.write({ ...journal.entry, access }, "finished");
  await destroySecretIds(vault, accessor);
  // Only now, as a login that came in between would outlive this.
  await vault.send("PUT", `sys/leases/revoke-prefix/${loginPath}`, {});
}

/** Makes a secret id; its accessor is what Vault lists it by. */
async function makeCredential(
  vault: VaultClient,
): Promise<{ readonly access: AccessCredential; readonly accessor: string }> {
  const role = await vault.send<{ data: { role_id: string } }>("GET", `${rolePath}/role-id`);
  const { data } = await vault.send<{ data: { secret_id: string; secret_id_accessor: string } }>(
    "POST",
    `${rolePath}/secret-id`,
  );
  return {
    access: { roleId: role.data.role_id, secretId: data.secret_id },
    accessor: data.secret_id_accessor,
  };
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

/** Destroys the role's secret ids, but for the one that is kept. */
async function destroySecretIds(vault: VaultClient, kept?: string): Promise<void> {
  let accessors: readonly string[] = [];
  try {
    accessors = (await vault.send<{ data: { keys: string[] } }>("LIST", `${rolePath}/secret-id`)).data.keys;
  } catch (error) {
    if (!(error instanceof VaultError && error.status === 404)) {
      throw error;
    }
  }
  for (const accessor of accessors.filter((candidate) => candidate !== kept)) {
    await vault.send("POST", `${rolePath}/secret-id-accessor/destroy`, { secret_id_accessor: accessor });
  }
}

/** Does something with a token of Pulumi's own, which ends with it. */
export function asPulumi<T>(
  server: VaultClient,
  { roleId, secretId }: AccessCredential,
  work: (vault: VaultClient) => Promise<T>,
): Promise<T> {
  return withLogin(server, loginPath, { role_id: roleId, secret_id: secretId }, work);
}
