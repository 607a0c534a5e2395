import { VaultError, type VaultClient } from "./vault-client.ts";

/** What a server knows of the leader (`sys/leader`), as far as it is used. */
export interface LeaderStatus {
  readonly is_self: boolean;
  /** API address of the leader; empty while there is none, or the server knows of none. */
  readonly leader_address: string;
  /** Index of the last entry of the log that a majority has; absent while the server is sealed. */
  readonly raft_committed_index?: number;
  /** Index of the last entry that the server itself has taken in; absent while it is sealed. */
  readonly raft_applied_index?: number;
}

/** Asks who leads; a sealed server is an error to this request. */
export function leaderStatus(server: VaultClient): Promise<LeaderStatus> {
  return server.send("GET", "sys/leader");
}

/**
 * The server that leads.
 * @throws Error with what each server said, if none does, and with what to do.
 */
export async function findLeader(servers: readonly VaultClient[]): Promise<VaultClient> {
  const reasons: string[] = [];
  let remedy = "`vfed status <stack>` says more";
  for (const server of servers) {
    try {
      if ((await leaderStatus(server)).is_self) {
        return server;
      }
      reasons.push(`${server.name} does not lead`);
    } catch (error) {
      if (isSealed(error)) {
        remedy = "unseal them with `vfed unseal <stack>`";
        reasons.push(`${server.name} is sealed`);
      } else {
        reasons.push(error instanceof Error ? error.message : String(error));
      }
    }
  }
  throw new Error(
    `no Vault server leads: ${reasons.join("; ")}. Mend that (${remedy}), then run \`pulumi up\` again.`,
  );
}

/** Source: ErrSealed in sdk/helper/consts of Vault. */
function isSealed(error: unknown): boolean {
  return error instanceof VaultError && error.reasons.includes("Vault is sealed");
}

/**
 * What `sys/health` says with its HTTP status: 200 active, 429 standby, 473 performance standby, 474 standby that hears
 * nothing of the leader, 501 not initialised, 503 sealed, 530 removed from the cluster.
 */
export async function healthCode(server: VaultClient): Promise<number> {
  try {
    await server.send("GET", "sys/health");
    return 200;
  } catch (error) {
    if (error instanceof VaultError) {
      return error.status;
    }
    throw error;
  }
}

/** Whether a {@link healthCode} is that of a server that takes part. */
export function takesPart(code: number): boolean {
  return code === 200 || code === 429 || code === 473;
}
