import { KubeConfig } from "@kubernetes/client-node";

import { autopilotState, unhealthyReason } from "../api/raft.ts";
import { sealStatus, unseal, type InitialKeys } from "../api/seal.ts";
import { makeAccess } from "./access.ts";
import { handOver, revokeRoot } from "./hand-over.ts";
import { Journal, type AccessCredential, type EncryptedShare } from "./journal.ts";
import { refuse } from "./refusal.ts";
import { Servers, waitUntil } from "./servers.ts";

/** What the bootstrap is told; see VaultBootstrapArgs. */
export interface BootstrapArgs {
  /** Id of the Kubernetes cluster: another cluster has another Vault. */
  readonly kubernetesClusterId: string;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly replicas: number;
  readonly caBundle: string;
  /** Key (base64, 32 bytes) of the journal; only the stack's state has it. */
  readonly journalKey: string;
  /** Public keys (base64 of the binary form) of the operators, one for each share. */
  readonly operatorKeys: readonly string[];
  /** Shares that together unseal. */
  readonly threshold: number;
  /** Policy (HCL) of Pulumi's own identity. */
  readonly pulumiPolicy: string;
  readonly timeoutSeconds: number;
}

/** What a bootstrap leaves. */
export interface BootstrapOutcome {
  readonly clusterId: string;
  readonly shares: readonly EncryptedShare[];
  readonly access: AccessCredential;
}

/** Name of the Secret that keeps the bootstrap's memory. */
const journalName = "vault-bootstrap";

/**
 * Takes a region's Vault from nothing to the state in which operators alone can unseal it and Pulumi can log in. What
 * was done already is found out, not done again, so that it goes on after a crash at any point.
 * @throws Error that says what a person must do where going on by itself could lose data.
 */
export async function bootstrap(
  args: BootstrapArgs,
  servers: RegionServers = new Servers(args),
): Promise<BootstrapOutcome> {
  const config = new KubeConfig();
  config.loadFromString(args.kubeconfig);
  const journal = await Journal.open(
    config,
    args.namespace,
    journalName,
    Buffer.from(args.journalKey, "base64"),
  );
  const run: Run = { args, journal, servers, deadline: Date.now() + args.timeoutSeconds * 1_000 };
  try {
    await servers.waitUntilRunning(run.deadline);
    await initialise(run);
    if (journal.entry.finished === undefined) {
      await unsealFirst(run);
      await unsealOthers(run);
      await makeAccess(run);
      await handOver(run);
      await revokeRoot(run);
    }
    return outcome(journal);
  } finally {
    servers.close();
  }
}

/** What the bootstrap asks of a region's servers. */
export type RegionServers = Pick<Servers, "all" | "first" | "waitUntilRunning" | "close">;

/** One run of the bootstrap. */
export interface Run {
  readonly args: BootstrapArgs;
  readonly journal: Journal;
  readonly servers: RegionServers;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Initialises `vault-0`, unless it is, and unless anything says that there was a Vault here before. */
async function initialise({ args, journal, servers }: Run): Promise<void> {
  const { initialized } = await sealStatus(servers.first);
  const { entry } = journal;
  if (initialized) {
    if (entry.clusterId === undefined && entry.temporaryKey === undefined) {
      throw refuse(entry.initialising === undefined ? "initialised-by-others" : "answer-lost", args);
    }
    return;
  }
  if (entry.clusterId !== undefined || entry.temporaryKey !== undefined) {
    throw refuse("data-lost", args, entry.clusterId);
  }
  const others = await Promise.all(servers.all.slice(1).map(sealStatus));
  if (others.some((status) => status.initialized)) {
    throw refuse("initialised-by-others", args);
  }
  await journal.write({ initialising: true }, "initialising");
  const keys = await servers.first.send<InitialKeys>("PUT", "sys/init", {
    secret_shares: 1,
    secret_threshold: 1,
  });
  const [temporaryKey] = keys.keys_base64;
  await journal.write({ temporaryKey, rootToken: keys.root_token }, "initialised");
}

async function unsealFirst({ journal, servers, deadline }: Run): Promise<void> {
  await unsealWithTemporaryKey(journal, servers, [servers.first]);
  let clusterId = "";
  await waitUntil(deadline, "vault-0 did not become active", async () => {
    clusterId = (await sealStatus(servers.first)).cluster_id ?? "";
    const { is_self: active, ha_enabled: highlyAvailable } = await servers.first.send<{
      is_self: boolean;
      ha_enabled: boolean;
    }>("GET", "sys/leader");
    const { leader_address: leader } = await servers.first.send<{ leader_address: string }>(
      "GET",
      "sys/leader",
    );
    return clusterId !== "" && highlyAvailable && (active || leader !== "")
      ? ""
      : "it is no leader and knows of none yet";
  });
  const { entry } = journal;
  if (entry.clusterId !== undefined && entry.clusterId !== clusterId) {
    throw new Error(
      `vault-0 belongs to cluster ${clusterId}, but this stack's is ${entry.clusterId}. ` +
        "Its volume was exchanged for that of another Vault; put the right one back.",
    );
  }
  if (entry.clusterId === undefined) {
    await journal.write({ ...entry, clusterId }, "unsealed");
  }
}

async function unsealOthers({ args, journal, servers, deadline }: Run): Promise<void> {
  if (journal.entry.shares !== undefined) {
    // They all took part in the hand-over, and the token that could look after them may be revoked already.
    return;
  }
  // A server can be unsealed only when it has heard of the cluster; it tries every two seconds.
  await waitUntil(deadline, "the other Vault servers did not join", async () => {
    const waiting = await Promise.all(
      servers.all.slice(1).map(async (server) => ((await sealStatus(server)).initialized ? "" : server.name)),
    );
    const missing = waiting.filter((name) => name !== "");
    return missing.length === 0 ? "" : `${missing.join(", ")} can't reach vault-0 yet`;
  });
  await unsealWithTemporaryKey(journal, servers, servers.all.slice(1));
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

/** After the hand-over there is no temporary key: then a sealed server is the operators' business. */
async function unsealWithTemporaryKey(
  journal: Journal,
  servers: RegionServers,
  targets: RegionServers["all"],
): Promise<void> {
  const { temporaryKey, shares } = journal.entry;
  for (const server of targets) {
    const { sealed } = await sealStatus(server);
    if (!sealed) {
      continue;
    }
    if (temporaryKey === undefined || shares !== undefined) {
      throw new Error(
        `${server.name} of ${servers.all.length} is sealed, and only the operators hold its key now. ` +
          "Run `vfed unseal`, then `pulumi up` again.",
      );
    }
    await unseal(server, temporaryKey);
  }
}

function outcome(journal: Journal): BootstrapOutcome {
  const { clusterId, shares, access } = journal.entry;
  if (clusterId === undefined || shares === undefined || access === undefined) {
    throw new Error("the bootstrap's memory is incomplete although it says that it has finished");
  }
  return { clusterId, shares, access };
}
