import { leaderStatus } from "../api/leader.ts";
import { autopilotState, unhealthyReason } from "../api/raft.ts";
import { cancelRekey, deleteBackup, rekeyPaths, startRekey, type RekeyResult } from "../api/rekey.ts";
import { sealStatus } from "../api/seal.ts";
import { VaultError, type VaultClient } from "../api/vault-client.ts";
import { bootstrapAuditPath } from "./access.ts";
import type { Run } from "./bootstrap.ts";
import { copiedShares, encryptedShares, readKeyShares, writeKeyShares } from "./key-shares.ts";
import { waitUntil } from "./servers.ts";

/**
 * Takes the shares of a re-key whose answer was lost with the run that asked for it: Vault has a copy of them, for the
 * operators and the threshold of then. Without them nobody could open a server that was sealed since.
 */
export async function recoverShares(run: Run): Promise<void> {
  const { journal } = run;
  const { rootToken, shares, operatorKeys } = journal.entry;
  if (shares !== undefined || rootToken === undefined || operatorKeys === undefined) {
    return;
  }
  const vault = (await leaderOfMajority(run))?.withToken(rootToken);
  const copied = vault && (await copiedShares(vault, await rekeyPaths(vault)));
  if (copied !== undefined) {
    await journal.write({ ...journal.entry, shares: copied }, "shares-handed-over");
  }
}

/** The leader, once it is elected; undefined where so few servers are unsealed that there is none to come. */
async function leaderOfMajority({ servers, deadline }: Run): Promise<VaultClient | undefined> {
  let leader: VaultClient | undefined;
  await waitUntil(deadline, "the Vault servers don't say whether their key was handed over", async () => {
    const states = await Promise.all(servers.all.map(sealStatus));
    const unsealed = servers.all.filter((_, index) => states[index]?.sealed === false);
    if (unsealed.length * 2 <= servers.all.length) {
      return "";
    }
    const leads = await Promise.all(unsealed.map(leaderStatus));
    leader = unsealed.find((_, index) => leads[index]?.is_self);
    return leader === undefined ? "none of them leads yet" : "";
  });
  return leader;
}

/**
 * Replaces the temporary key by one whose shares Vault itself encrypts to the operators. A server that misses this
 * could be unsealed by neither key, so all of them must be there and caught up.
 */
export async function handOver(run: Run): Promise<void> {
  const { args, journal, servers, deadline } = run;
  // A key service may have unsealed the servers only now.
  await recoverShares(run);
  const { rootToken, temporaryKey, shares } = journal.entry;
  if (shares !== undefined || rootToken === undefined || temporaryKey === undefined) {
    return;
  }
  const vault = servers.first.withToken(rootToken);
  const paths = await rekeyPaths(vault);
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
