import { findLeader } from "../api/leader.ts";
import { deleteBackup, rekeyPaths } from "../api/rekey.ts";
import { sealStatus, type SealStatus } from "../api/seal.ts";
import type { VaultClient } from "../api/vault-client.ts";
import type { BootstrapArgs, BootstrapOutcome } from "./bootstrap.ts";
import { readKeyShares } from "./key-shares.ts";
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
    if (!isRepoliced && !isRekeyed(before, after)) {
      return { clusterId, access, shares: before.shares };
    }
    const leader = await findLeader(servers.all);
    // The others may be sealed, or still have the numbers of before a re-key in mind.
    const status = await sealStatus(leader);
    requireCluster(leader, status.cluster_id, clusterId);
    if (isRepoliced) {
      await changePolicy(leader, before, after.pulumiPolicy);
    }
    const shares = isRekeyed(before, after)
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

function isRekeyed(before: State, after: BootstrapArgs): boolean {
  return after.threshold !== before.threshold || after.operatorKeys.join() !== before.operatorKeys.join();
}

/** New operators get shares by a re-key, for which the present ones are needed: `vfed rekey` leaves the result. */
async function takeShares(
  clusterId: string,
  before: State,
  after: BootstrapArgs,
  { leader, status }: { readonly leader: VaultClient; readonly status: SealStatus },
): Promise<BootstrapOutcome["shares"]> {
  const { n: shares, t: threshold } = status;
  const kept = await readKeyShares(after.kubeconfig, after.namespace, clusterId);
  const handedOver =
    kept !== undefined &&
    shares === after.operatorKeys.length &&
    threshold === after.threshold &&
    after.operatorKeys.every((key) => kept.operatorKeys.includes(key));
  if (!handedOver) {
    throw new Error(
      `vault.operators or vault.threshold changed, but Vault's key still has ${shares} shares with a threshold of ${threshold}. ` +
        "Only the present operators can change that: run `vfed rekey` first, then `pulumi up` again.",
    );
  }
  // Whoever re-keyed may have had no token that could do it.
  await asPulumi(leader, before, async (vault) => deleteBackup(vault, await rekeyPaths(vault)));
  return kept.shares;
}

/** Does something with a token of Pulumi's own, which ends with it. */
async function asPulumi(
  server: VaultClient,
  { access }: State,
  work: (vault: VaultClient) => Promise<unknown>,
): Promise<void> {
  const { auth } = await server.send<{ auth: { client_token: string } }>("POST", "auth/approle/login", {
    role_id: access.roleId,
    secret_id: access.secretId,
  });
  const vault = server.withToken(auth.client_token);
  try {
    await work(vault);
  } finally {
    await vault.send("POST", "auth/token/revoke-self");
  }
}
