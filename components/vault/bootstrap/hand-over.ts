import type { RekeyResult, RekeyStatus } from "../api/seal.ts";
import { VaultError, type VaultClient } from "../api/vault-client.ts";
import { autopilotState, unhealthyReason } from "../api/raft.ts";
import { bootstrapAuditPath } from "./access.ts";
import type { Run } from "./bootstrap.ts";
import type { EncryptedShare } from "./journal.ts";
import { waitUntil } from "./servers.ts";

/**
 * Replaces the temporary key by one whose shares Vault itself encrypts to the operators. A server that misses this
 * could be unsealed by neither key, so all of them must be there and caught up.
 */
export async function handOver({ args, journal, servers, deadline }: Run): Promise<void> {
  const { rootToken, temporaryKey, shares } = journal.entry;
  if (shares !== undefined || rootToken === undefined || temporaryKey === undefined) {
    return;
  }
  const vault = servers.first.withToken(rootToken);
  const kept = await keptShares(vault);
  if (kept !== undefined) {
    await journal.write({ ...journal.entry, shares: kept }, "shares-handed-over");
    return;
  }
  await waitUntil(deadline, "the shares can't be handed over while a server is missing", async () => {
    const state = await autopilotState(vault);
    const indexes = Object.values(state.servers).map(({ last_index: index }) => index);
    return (
      unhealthyReason(state, args.replicas) ??
      (Math.max(...indexes) - Math.min(...indexes) > 5 ? "a server has not caught up with the leader" : "")
    );
  });
  await cancelRekey(vault);
  const { nonce } = await vault.send<RekeyStatus>("PUT", "sys/rekey/init", {
    secret_shares: args.operatorKeys.length,
    secret_threshold: args.threshold,
    pgp_keys: args.operatorKeys,
    // Vault keeps the encrypted shares until they are in the journal: its answer comes only once.
    backup: true,
  });
  const result = await vault.send<RekeyResult>("PUT", "sys/rekey/update", { key: temporaryKey, nonce });
  const fresh = result.pgp_fingerprints.map((fingerprint, index): EncryptedShare => {
    return { fingerprint, ciphertext: result.keys_base64[index] ?? "" };
  });
  await journal.write({ ...journal.entry, shares: fresh }, "shares-handed-over");
}

/** Ends the root token's life, and forgets it and the temporary key. */
export async function revokeRoot({ journal, servers }: Run): Promise<void> {
  const { rootToken, clusterId, shares, access } = journal.entry;
  if (rootToken !== undefined) {
    const vault = servers.first.withToken(rootToken);
    if (await isValid(vault)) {
      await vault.send("DELETE", "sys/rekey/backup");
      await vault.send("DELETE", `sys/audit/${bootstrapAuditPath}`);
      await vault.send("POST", "auth/token/revoke-self");
    }
  }
  await journal.write({ clusterId, shares, access, finished: true }, "finished");
}

/** Shares of a re-key that had come to its end when the run was killed. */
async function keptShares(vault: VaultClient): Promise<readonly EncryptedShare[] | undefined> {
  try {
    const { data } = await vault.send<{ data: { keys_base64: Record<string, string[]> } }>(
      "GET",
      "sys/rekey/backup",
    );
    return Object.entries(data.keys_base64).flatMap(([fingerprint, ciphertexts]) =>
      ciphertexts.map((ciphertext) => ({ fingerprint, ciphertext })),
    );
  } catch (error) {
    if (error instanceof VaultError && (error.status === 404 || error.status === 400)) {
      return undefined;
    }
    throw error;
  }
}

/** A re-key that was refused or killed half-way stands in the way of the next one. */
async function cancelRekey(vault: VaultClient): Promise<void> {
  const { started, nonce } = await vault.send<RekeyStatus>("GET", "sys/rekey/init");
  if (started) {
    await vault.send("DELETE", "sys/rekey/init", { nonce });
  }
}

async function isValid(vault: VaultClient): Promise<boolean> {
  try {
    await vault.send("GET", "auth/token/lookup-self");
    return true;
  } catch (error) {
    if (error instanceof VaultError && error.status === 403) {
      return false;
    }
    throw error;
  }
}
