import { operatorFingerprint } from "../../../config/operator-key.ts";
import { deleteBackup, rekeyPaths } from "../api/rekey.ts";
import type { SealStatus } from "../api/seal.ts";
import type { VaultClient } from "../api/vault-client.ts";
import { asPulumi } from "./access.ts";
import type { BootstrapArgs, BootstrapOutcome } from "./bootstrap.ts";
import type { AccessCredential } from "./journal.ts";
import { copiedShares, readKeyShares, writeKeyShares, type KeyShares } from "./key-shares.ts";

/** Among whom a key is shared, and how many of them it takes. */
export type KeyHolders = Pick<BootstrapArgs, "operatorKeys" | "threshold">;

/** Shares as they are known, and for whom they were made. */
export type RecordedShares = KeyHolders & Pick<BootstrapOutcome, "shares">;

/**
 * Whether shares are for others than the operators that are asked for, or have another threshold. A key whose owner
 * extended its life has other bytes, and is the same: its share stays valid.
 */
export async function isRekeyed(before: RecordedShares, after: KeyHolders): Promise<boolean> {
  if (after.threshold !== before.threshold) {
    return true;
  }
  const isSame = after.operatorKeys.join() === before.operatorKeys.join();
  return !isSame && !areFor(before.shares, await fingerprintsOf(after));
}

/**
 * Looks for the shares of a re-key that changed neither operators nor threshold, which no setting tells of: they are beside
 * Vault, and those that the stack knows are worthless. While the cluster can't be asked, what is known stays.
 */
export async function renewShares<T extends BootstrapArgs & BootstrapOutcome>(known: T): Promise<T> {
  const { kubeconfig, namespace, clusterId } = known;
  const kept = await readKeyShares(kubeconfig, namespace, clusterId).catch(() => undefined);
  if (
    kept === undefined ||
    (await isRekeyed({ ...kept, threshold: kept.threshold ?? known.threshold }, known))
  ) {
    return known;
  }
  return { ...known, shares: kept.shares };
}

function fingerprintsOf({ operatorKeys }: KeyHolders): Promise<string[]> {
  return Promise.all(operatorKeys.map(operatorFingerprint));
}

/** Whether shares are for exactly these operators, one each. */
function areFor(shares: BootstrapOutcome["shares"], fingerprints: readonly string[]): boolean {
  const owners = shares.map(({ fingerprint }) => fingerprint);
  return owners.sort().join() === fingerprints.toSorted().join();
}

/** New operators get shares by a re-key, for which the present ones are needed: `vfed rekey` leaves the result. */
export async function takeShares(
  clusterId: string,
  before: RecordedShares & { readonly access: AccessCredential },
  after: BootstrapArgs,
  { leader, status }: { readonly leader: VaultClient; readonly status: SealStatus },
): Promise<BootstrapOutcome["shares"]> {
  const { kubeconfig, namespace, operatorKeys, threshold } = after;
  const left = await readKeyShares(kubeconfig, namespace, clusterId);
  if (status.n !== operatorKeys.length || status.t !== threshold) {
    throw notRekeyed(`Vault's key still has ${status.n} shares with a threshold of ${status.t}`);
  }
  const fingerprints = await fingerprintsOf(after);
  return asPulumi(leader, before.access, async (vault) => {
    const paths = await rekeyPaths(vault);
    // Where the answer to a re-key was lost, its shares are there alone, and those beside Vault are worthless.
    const copied = await copiedShares(vault, paths);
    if (copied === undefined) {
      if (
        left === undefined ||
        !areFor(left.shares, fingerprints) ||
        thresholdOf(left, before, threshold) !== threshold
      ) {
        throw notRekeyed("nobody kept shares of Vault's key that are for these operators and this threshold");
      }
      return left.shares;
    }
    if (!areFor(copied, fingerprints)) {
      const found = copied.map(({ fingerprint }) => fingerprint).join(", ");
      throw notRekeyed(`Vault's key still has the shares of its last re-key, which was for ${found}`);
    }
    const shares = fingerprints.flatMap((owner) => copied.filter(({ fingerprint }) => fingerprint === owner));
    await writeKeyShares(kubeconfig, namespace, { clusterId, shares, operatorKeys, threshold });
    // They must be beside Vault by now: its copy may be the only one.
    await deleteBackup(vault, paths);
    return shares;
  });
}

/** Shares that do not say what their threshold is are of a re-key to the present one, unless they are those of before. */
function thresholdOf(left: KeyShares, before: RecordedShares, present: number): number {
  const known = new Set(before.shares.map(({ ciphertext }) => ciphertext));
  return (
    left.threshold ??
    (left.shares.some(({ ciphertext }) => known.has(ciphertext)) ? before.threshold : present)
  );
}

function notRekeyed(reason: string): Error {
  return new Error(
    `vault.operators or vault.threshold changed, but ${reason}. ` +
      "Only the present operators can change that: run `vfed rekey` first, then `pulumi up` again.",
  );
}
