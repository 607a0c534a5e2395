import { kubeConfigFrom } from "../../cluster/kube-config.ts";
import { findLeader } from "../api/leader.ts";
import { sealStatus } from "../api/seal.ts";
import { makeAccess } from "./access.ts";
import { handOver, leaveShares, recoverShares, revokeRoot } from "./hand-over.ts";
import { initialise } from "./initialise.ts";
import { Journal, type AccessCredential, type EncryptedShare } from "./journal.ts";
import { readKeyShares } from "./key-shares.ts";
import { openFirst, openOthers } from "./open.ts";
import { isRekeyed, takeShares } from "./present-shares.ts";
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
  /** Shares that are needed together: to unseal, or of the recovery key where a key service unseals. */
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
export const journalName = "vault-bootstrap";

/** How long a write of the memory is tried again in any case: servers that came late leave no time for Vault's only answer. */
const writeMilliseconds = 60_000;

/**
 * Takes a region's Vault from nothing to the state in which operators alone hold its key and Pulumi can log in. What
 * was done already is found out, not done again, so that it goes on after a crash at any point. Whether operators or a
 * key service unseal it is Vault's own configuration, and Vault is asked which.
 * @throws Error that says what a person must do where going on by itself could lose data.
 */
export async function bootstrap(
  args: BootstrapArgs,
  servers: RegionServers = new Servers(args),
): Promise<BootstrapOutcome> {
  const config = kubeConfigFrom(args.kubeconfig);
  const timeoutMilliseconds = args.timeoutSeconds * 1_000;
  const deadline = Date.now() + timeoutMilliseconds;
  const journal = await Journal.open(config, {
    namespace: args.namespace,
    name: journalName,
    key: Buffer.from(args.journalKey, "base64"),
    kubernetesClusterId: args.kubernetesClusterId,
    deadline,
    graceMilliseconds: Math.min(writeMilliseconds, timeoutMilliseconds),
  });
  const run: Run = { args, journal, servers, deadline };
  try {
    await servers.waitUntilRunning(run.deadline);
    const isFinished = journal.entry.finished !== undefined;
    if (!isFinished) {
      await waitUntilAnswering(run);
    }
    await initialise(run);
    if (!isFinished) {
      // Once shares are handed over, only their owners open what was sealed since.
      await recoverShares(run);
      await leaveShares(run);
      await openFirst(run);
      await openOthers(run);
      await makeAccess(run);
      await handOver(run);
      await leaveShares(run);
      await revokeRoot(run);
    }
    return await outcome(run);
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

/** A container runs a moment before its server listens. */
async function waitUntilAnswering({ servers, deadline }: Run): Promise<void> {
  await waitUntil(deadline, "the Vault servers do not answer", async () => {
    await Promise.all(servers.all.map(sealStatus));
    return "";
  });
}

/**
 * What is known at the end. The shares beside Vault outrank the journal's, as the operators may have re-keyed meanwhile; and
 * neither may be for those who are asked for, if the configuration changed on the way.
 */
async function outcome({ args, journal, servers }: Run): Promise<BootstrapOutcome> {
  const { clusterId, shares, operatorKeys, threshold, access } = journal.entry;
  if (clusterId === undefined || shares === undefined || operatorKeys === undefined || access === undefined) {
    throw new Error("the bootstrap's memory is incomplete although it says that it has finished");
  }
  const kept = await readKeyShares(args.kubeconfig, args.namespace, clusterId);
  const present = {
    shares,
    operatorKeys,
    ...kept,
    threshold: kept?.threshold ?? threshold ?? args.threshold,
  };
  if (!(await isRekeyed(present, args))) {
    return { clusterId, shares: present.shares, access };
  }
  const leader = await findLeader(servers.all);
  const status = await sealStatus(leader);
  return {
    clusterId,
    shares: await takeShares(clusterId, { ...present, access }, args, { leader, status }),
    access,
  };
}
