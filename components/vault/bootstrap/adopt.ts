import { operatorFingerprint } from "../../../config/operator-key.ts";
import { findLeader } from "../api/leader.ts";
import { deleteBackup, rekeyPaths } from "../api/rekey.ts";
import { sealStatus, type SealStatus } from "../api/seal.ts";
import type { VaultClient } from "../api/vault-client.ts";
import type { BootstrapArgs, BootstrapOutcome } from "./bootstrap.ts";
import { copiedShares, readKeyShares, writeKeyShares, type KeyShares } from "./key-shares.ts";
import { refuse, requireCluster } from "./refusal.ts";
import { Servers } from "./servers.ts";

/** What is asked of a region's servers. */
type AdoptedServers = Pick<Servers, "all" | "first" | "close">;

type State = BootstrapArgs & BootstrapOutcome;

/**
 * Takes over what changed after the bootstrap, as far as Pulumi may change it.
 * @throws Error if Vault is not the one that was bootstrapped, or if the change is the operators' to make.
 */
export async function adopt(
  clusterId: string,
  before: State,
  after: BootstrapArgs,
  servers: AdoptedServers = new Servers(after),
): Promise<BootstrapOutcome> {
  const { access } = before;
  try {
    const { initialized, cluster_id: found } = await sealStatus(servers.first);
    if (!initialized) {
      throw refuse("data-lost-after-birth", after, clusterId);
    }
    requireCluster(servers.first, found, clusterId);
    const isRepoliced = after.pulumiPolicy !== before.pulumiPolicy;
    const needsShares = await isRekeyed(before, after);
    if (!isRepoliced && !needsShares) {
      return { clusterId, access, shares: before.shares };
    }
    const leader = await findLeader(servers.all);
    // The others may be sealed, or still have the numbers of before a re-key in mind.
    const status = await sealStatus(leader);
    requireCluster(leader, status.cluster_id, clusterId);
    if (isRepoliced) {
      await changePolicy(leader, before, after.pulumiPolicy);
    }
    const shares = needsShares
      ? await takeShares(clusterId, before, after, { leader, status })
      : before.shares;
    return { clusterId, access, shares };
  } finally {
    servers.close();
  }
}

async function changePolicy(server: VaultClient, before: State, policy: string): Promise<void> {
  await asPulumi(server, before, (vault) => vault.send("PUT", "sys/policies/acl/pulumi", { policy }));
}

/** A key whose owner extended its life has other bytes, and is the same: its share stays valid. */
async function isRekeyed(before: State, after: BootstrapArgs): Promise<boolean> {
  if (after.threshold !== before.threshold) {
    return true;
  }
  const isSame = after.operatorKeys.join() === before.operatorKeys.join();
  return !isSame && !areFor(before.shares, await fingerprintsOf(after));
}

function fingerprintsOf({ operatorKeys }: BootstrapArgs): Promise<string[]> {
  return Promise.all(operatorKeys.map(operatorFingerprint));
}

/** Whether shares are for exactly these operators, one each. */
function areFor(shares: BootstrapOutcome["shares"], fingerprints: readonly string[]): boolean {
  const owners = shares.map(({ fingerprint }) => fingerprint);
  return owners.sort().join() === fingerprints.toSorted().join();
}

/** New operators get shares by a re-key, for which the present ones are needed: `vfed rekey` leaves the result. */
async function takeShares(
  clusterId: string,
  before: State,
  after: BootstrapArgs,
  { leader, status }: { readonly leader: VaultClient; readonly status: SealStatus },
): Promise<BootstrapOutcome["shares"]> {
  const { kubeconfig, namespace, operatorKeys, threshold } = after;
  const left = await readKeyShares(kubeconfig, namespace, clusterId);
  if (status.n !== operatorKeys.length || status.t !== threshold) {
    throw notRekeyed(`Vault's key still has ${status.n} shares with a threshold of ${status.t}`);
  }
  const fingerprints = await fingerprintsOf(after);
  return asPulumi(leader, before, async (vault) => {
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
function thresholdOf(left: KeyShares, before: State, present: number): number {
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

/** Does something with a token of Pulumi's own, which ends with it. */
async function asPulumi<T>(
  server: VaultClient,
  { access }: State,
  work: (vault: VaultClient) => Promise<T>,
): Promise<T> {
  const { auth } = await server.send<{ auth: { client_token: string } }>("POST", "auth/approle/login", {
    role_id: access.roleId,
    secret_id: access.secretId,
  });
  const vault = server.withToken(auth.client_token);
  try {
    return await work(vault);
  } finally {
    await vault.send("POST", "auth/token/revoke-self");
  }
}
