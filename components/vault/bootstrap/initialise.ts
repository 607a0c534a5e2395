import { sealStatus, type InitialKeys } from "../api/seal.ts";
import type { Run } from "./bootstrap.ts";
import { readKeyShares } from "./key-shares.ts";
import { refuse, requireCluster } from "./refusal.ts";

/** How long Vault's one answer to `sys/init` is waited for: one that comes too late is lost, and the Vault to be wiped by hand. */
const initialisationMilliseconds = 120_000;

/**
 * Initialises `vault-0`, unless it is, and unless anything says that there was a Vault here before. Its throw-away key
 * is the one that unseals it; where a key service does that, the recovery key.
 */
export async function initialise({ args, journal, servers }: Run): Promise<void> {
  const { initialized, recovery_seal: automatic, cluster_id: found } = await sealStatus(servers.first);
  const { entry } = journal;
  if (initialized) {
    if (entry.clusterId === undefined && entry.temporaryKey === undefined) {
      throw refuse(entry.initialising === undefined ? "initialised-by-others" : "answer-lost", args);
    }
    requireCluster(servers.first, found, entry.clusterId);
    return;
  }
  if (entry.clusterId !== undefined || entry.temporaryKey !== undefined) {
    throw refuse("data-lost", args, entry.clusterId);
  }
  // Whoever restores a snapshot needs the shares of its time, so they are not replaced unasked.
  const earlier = await readKeyShares(args.kubeconfig, args.namespace);
  if (earlier !== undefined) {
    throw refuse("data-lost", args, earlier.clusterId);
  }
  const others = await Promise.all(servers.all.slice(1).map(sealStatus));
  if (others.some((status) => status.initialized)) {
    throw refuse("initialised-by-others", args);
  }
  await journal.write({ initialising: true }, "initialising");
  // Vault refuses the parameters of the other kind of seal.
  const keys = await servers.first.send<InitialKeys>(
    "PUT",
    "sys/init",
    automatic ? { recovery_shares: 1, recovery_threshold: 1 } : { secret_shares: 1, secret_threshold: 1 },
    { timeoutMilliseconds: initialisationMilliseconds },
  );
  const [temporaryKey] = (automatic ? keys.recovery_keys_base64 : keys.keys_base64) ?? [];
  await journal.write({ temporaryKey, rootToken: keys.root_token }, "initialised");
}
