import { leaderStatus } from "../api/leader.ts";
import { autopilotState, unhealthyReason } from "../api/raft.ts";
import { sealStatus, unseal } from "../api/seal.ts";
import type { VaultClient } from "../api/vault-client.ts";
import type { Run } from "./bootstrap.ts";
import { refuse, requireCluster } from "./refusal.ts";
import { waitUntil } from "./servers.ts";

/** Opens `vault-0`, waits until it takes part in a cluster, and remembers which one. */
export async function openFirst(run: Run): Promise<void> {
  const { journal, servers, deadline } = run;
  await open(run, servers.first);
  let clusterId = "";
  await waitUntil(deadline, "vault-0 did not become active", async () => {
    clusterId = (await sealStatus(servers.first)).cluster_id ?? "";
    const { is_self: active, leader_address: leader } = await leaderStatus(servers.first);
    return clusterId !== "" && (active || leader !== "") ? "" : "it is no leader and knows of none yet";
  });
  const { entry } = journal;
  requireCluster(servers.first, clusterId, entry.clusterId);
  if (entry.clusterId === undefined) {
    await journal.write({ ...entry, clusterId }, "unsealed");
  }
}

/** Waits until the other servers have joined, opens them, and waits until all are voters in good health. */
export async function openOthers(run: Run): Promise<void> {
  const { args, journal, servers, deadline } = run;
  if (journal.entry.shares !== undefined) {
    // They all took part in the hand-over, and the token that could look after them may be revoked already.
    return;
  }
  const others = servers.all.slice(1);
  // A server can be unsealed only when it has heard of the cluster; it tries every two seconds.
  await waitUntil(deadline, "the other Vault servers did not join", async () => {
    const waiting = await Promise.all(
      others.map(async (server) => ((await sealStatus(server)).initialized ? "" : server.name)),
    );
    const missing = waiting.filter((name) => name !== "");
    return missing.length === 0 ? "" : `${missing.join(", ")} can't reach vault-0 yet`;
  });
  for (const server of others) {
    await open(run, server);
  }
  const { rootToken } = journal.entry;
  if (rootToken !== undefined) {
    const leader = servers.first.withToken(rootToken);
    await waitUntil(deadline, "the Vault servers are not all voters in good health", async () => {
      return unhealthyReason(await autopilotState(leader), args.replicas) ?? "";
    });
  }
  if (journal.entry.access === undefined) {
    await journal.write(journal.entry, "joined");
  }
}

/**
 * Unseals a server with the temporary key, or waits until its key service has. After the hand-over there is no temporary
 * key: then a server that is sealed by shares is the operators' business.
 */
async function open({ args, journal, servers, deadline }: Run, server: VaultClient): Promise<void> {
  const { sealed, recovery_seal: automatic, type, t: threshold } = await sealStatus(server);
  if (!sealed) {
    return;
  }
  if (automatic) {
    await waitUntil(deadline, `${server.name} was not unsealed by its key service (${type})`, async () =>
      (await sealStatus(server)).sealed ? "it is still sealed, and its log says why" : "",
    );
    return;
  }
  const { temporaryKey, shares } = journal.entry;
  if (temporaryKey === undefined || shares !== undefined) {
    throw new Error(
      `${server.name} of ${servers.all.length} is sealed, and only the operators hold its key now. ` +
        "Run `vfed unseal <stack>`, then `pulumi up` again.",
    );
  }
  // A run that was killed before the shares were in the journal left a Vault that takes this key for one share of several;
  // and its copy of them can't be read while nobody leads.
  if (server === servers.first && threshold > 1) {
    throw refuse("answer-lost", args);
  }
  await unseal(server, temporaryKey);
}
