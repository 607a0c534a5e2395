import { autopilotState, unhealthyReason } from "../api/raft.ts";
import { cancelRekey, deleteBackup, rekeyPaths, startRekey, type RekeyResult } from "../api/rekey.ts";
import { VaultError, type VaultClient } from "../api/vault-client.ts";
import { bootstrapAuditPath } from "./access.ts";
import type { Run } from "./bootstrap.ts";
import { copiedShares, encryptedShares, readKeyShares, writeKeyShares } from "./key-shares.ts";
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
  const paths = await rekeyPaths(vault);
  // Those of a re-key that had come to its end when the run was killed: for the operators and the threshold of then.
  const copied = await copiedShares(vault, paths);
  if (copied !== undefined) {
    await journal.write({ ...journal.entry, shares: copied }, "shares-handed-over");
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
  // One that was refused or killed half-way stands in the way of the next one.
  await cancelRekey(vault, paths);
  const { operatorKeys, threshold } = args;
  await journal.write({ ...journal.entry, operatorKeys, threshold }, "access-made");
  const { nonce } = await startRekey(vault, paths, operatorKeys, threshold);
  const result = await vault.send<RekeyResult>("PUT", `${paths.ceremony}/update`, {
    key: temporaryKey,
    nonce,
  });
  await journal.write({ ...journal.entry, shares: encryptedShares(result) }, "shares-handed-over");
}

/**
 * Leaves the shares beside Vault, for its operators: the stack has no outputs yet, and never will have any from an update
 * that ends too early.
 */
export async function leaveShares({ args, journal }: Run): Promise<void> {
  const { clusterId, shares, operatorKeys, threshold } = journal.entry;
  if (clusterId === undefined || shares === undefined || operatorKeys === undefined) {
    return;
  }
  const { kubeconfig, namespace } = args;
  if ((await readKeyShares(kubeconfig, namespace, clusterId)) === undefined) {
    await writeKeyShares(kubeconfig, namespace, { clusterId, shares, operatorKeys, threshold });
  }
}

/** Ends the root token's life, and forgets it and the temporary key. */
export async function revokeRoot({ args, journal, servers }: Run): Promise<void> {
  const { rootToken, clusterId, shares, operatorKeys, threshold, access } = journal.entry;
  if (rootToken !== undefined) {
    const vault = servers.first.withToken(rootToken);
    if (await isValid(vault)) {
      await deleteKnownCopy(vault, args);
      await vault.send("DELETE", `sys/audit/${bootstrapAuditPath}`);
      await vault.send("POST", "auth/token/revoke-self");
    }
  }
  await journal.write({ clusterId, shares, operatorKeys, threshold, access, finished: true }, "finished");
}

/** Vault's own copy of the shares is not needed once they are beside it, unless the operators' re-key left it there alone. */
async function deleteKnownCopy(vault: VaultClient, { kubeconfig, namespace }: Run["args"]): Promise<void> {
  const paths = await rekeyPaths(vault);
  const copied = await copiedShares(vault, paths);
  const kept = await readKeyShares(kubeconfig, namespace);
  const known = new Set(kept?.shares.map(({ ciphertext }) => ciphertext));
  if (copied?.every(({ ciphertext }) => known.has(ciphertext)) === true) {
    await deleteBackup(vault, paths);
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
