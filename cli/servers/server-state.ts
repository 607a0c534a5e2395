import { healthCode, leaderStatus, takesPart } from "../../components/vault/api/leader.ts";
import { sealStatus, type SealStatus } from "../../components/vault/api/seal.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { reasonOf } from "../failure.ts";

/** A server that answers, as it sees itself and the others. */
export interface AnsweringServer {
  readonly name: string;
  readonly seal: SealStatus;
  /** Status of `sys/health`. */
  readonly health: number;
  readonly leads: boolean;
  /** API address of the leader that it follows, or its own; empty if there is none, or it is sealed. */
  readonly leaderAddress: string;
  /** Last entry of the log that a majority has, as far as this server knows; 0 while it is sealed. */
  readonly committedIndex: number;
  /** Last entry of the log that it has taken in; 0 while it is sealed. */
  readonly appliedIndex: number;
}

/** A server that could not be asked. */
export interface SilentServer {
  readonly name: string;
  readonly failure: string;
}

/** What can be seen of a server without a token. */
export type ServerState = AnsweringServer | SilentServer;

/** Whether a server answered. */
export function answers(state: ServerState): state is AnsweringServer {
  return "seal" in state;
}

/** Looks at a server; never fails. */
export async function observe(server: VaultClient): Promise<ServerState> {
  const { name } = server;
  try {
    const seal = await sealStatus(server);
    const health = await healthCode(server);
    const leader = seal.sealed ? undefined : await leaderStatus(server);
    return {
      name,
      seal,
      health,
      leads: leader?.is_self ?? false,
      leaderAddress: leader?.leader_address ?? "",
      committedIndex: leader?.raft_committed_index ?? 0,
      appliedIndex: leader?.raft_applied_index ?? 0,
    };
  } catch (error) {
    return { name, failure: reasonOf(error) };
  }
}

/** Looks at all servers at once. */
export function observeAll(servers: readonly VaultClient[]): Promise<ServerState[]> {
  return Promise.all(servers.map(observe));
}

/** The server that leads, if exactly one says so. */
export function leaderOf(states: readonly ServerState[]): AnsweringServer | undefined {
  const leaders = states.filter(answers).filter(({ leads, health }) => leads && health === 200);
  return leaders.length === 1 ? leaders[0] : undefined;
}

/**
 * Why the servers are not all part of one cluster, a reason for each of them; empty if they are.
 * @param committed Index of the log up to which each must have taken everything in.
 */
export function obstacles(states: readonly ServerState[], committed = 0): string[] {
  const leader = leaderOf(states);
  const reasons = states.map((state) => obstacle(state, leader, committed)).filter((reason) => reason !== "");
  return leader === undefined && reasons.length === 0 ? ["there is no leader"] : reasons;
}

function obstacle(state: ServerState, leader: AnsweringServer | undefined, committed: number): string {
  const { name } = state;
  if (!answers(state)) {
    return state.failure.startsWith(name) ? state.failure : `${name}: ${state.failure}`;
  }
  const { seal, health, leaderAddress, appliedIndex } = state;
  if (seal.removed_from_cluster === true) {
    return `${name} was removed from the cluster by the others`;
  }
  if (!seal.initialized) {
    return `${name} is empty and has not heard of the cluster`;
  }
  if (seal.sealed) {
    return `${name} is sealed`;
  }
  if (!takesPart(health)) {
    return health === 474
      ? `${name} hears nothing of the leader`
      : `${name} is not healthy (sys/health answers ${health})`;
  }
  if (leader !== undefined && leaderAddress !== leader.leaderAddress) {
    return `${name} does not follow ${leader.name} yet`;
  }
  return appliedIndex < committed ? `${name} has not caught up with the leader yet` : "";
}
