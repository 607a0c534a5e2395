import { findLeader } from "../api/leader.ts";
import { sealStatus } from "../api/seal.ts";
import type { VaultClient } from "../api/vault-client.ts";
import { asPulumi } from "./access.ts";
import type { BootstrapArgs, BootstrapOutcome } from "./bootstrap.ts";
import { isRekeyed, takeShares } from "./present-shares.ts";
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
  await asPulumi(server, before.access, (vault) => vault.send("PUT", "sys/policies/acl/pulumi", { policy }));
}
