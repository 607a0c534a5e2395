import { autopilotState, unhealthyReason } from "../../components/vault/api/raft.ts";
import { VaultError, type VaultClient } from "../../components/vault/api/vault-client.ts";

/** What autopilot thinks of the servers, as far as it can be seen. */
export interface Autopilot {
  /**
   * `pending` when a new leader has no opinion yet, `hidden` when it does not tell without a token: where its metrics
   * need one.
   */
  readonly verdict: "healthy" | "unhealthy" | "pending" | "hidden";
  /** How many servers may be lost; absent without a verdict. */
  readonly failureTolerance?: number;
  /** What is wrong; empty if nothing is. */
  readonly reason: string;
}

/**
 * Asks the leader: with a token that may read it for autopilot's state, otherwise for the metrics in which it repeats
 * the essence.
 */
export async function askAutopilot(leader: VaultClient, servers: number, token?: string): Promise<Autopilot> {
  const state = token === undefined ? undefined : await ifAllowed(autopilotState(leader.withToken(token)));
  if (state !== undefined) {
    const reason = unhealthyReason(state, servers) ?? "";
    return {
      verdict: reason === "" ? "healthy" : "unhealthy",
      failureTolerance: state.failure_tolerance,
      reason,
    };
  }
  try {
    return autopilotFromMetrics(await leader.metrics(), servers);
  } catch (error) {
    if (error instanceof VaultError) {
      return { verdict: "hidden", reason: "" };
    }
    throw error;
  }
}

/** What a token may read, or undefined if it may not: the token at hand may be that of another region. */
export async function ifAllowed<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof VaultError && error.status === 403) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Reads autopilot's verdict out of metrics (Prometheus' text format).
 * Source of the names: physical/raft/raft_autopilot.go of Vault.
 */
export function autopilotFromMetrics(metrics: string, servers: number): Autopilot {
  const healthy = gauge(metrics, "vault_autopilot_healthy");
  const failureTolerance = gauge(metrics, "vault_autopilot_failure_tolerance");
  if (healthy === undefined || failureTolerance === undefined) {
    return { verdict: "pending", reason: "autopilot has no opinion of the servers yet" };
  }
  const nodes = [
    ...metrics.matchAll(/^vault_autopilot_node_healthy\{[^}]*node_id="([^"]+)"[^}]*\} (\S+)$/gm),
  ];
  const ill = nodes.filter(([, , value]) => value !== "1").map(([, node]) => node ?? "");
  // A server that is no voter yet does not count for the tolerance: all of them do when it is as high as it can be.
  const reason =
    ill.length > 0
      ? `autopilot calls ${ill.join(", ")} unhealthy`
      : healthy !== 1
        ? "autopilot does not call the cluster healthy"
        : failureTolerance < Math.floor((servers - 1) / 2)
          ? `autopilot says that ${failureTolerance} servers may be lost, of ${servers}: not all are voters yet`
          : "";
  return { verdict: reason === "" ? "healthy" : "unhealthy", failureTolerance, reason };
}

function gauge(metrics: string, name: string): number | undefined {
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "m").exec(metrics)?.[1];
  return value === undefined ? undefined : Number(value);
}
