import { resetUnseal, sealStatus, unseal, type SealStatus } from "../../components/vault/api/seal.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { waitUntil } from "../../components/vault/bootstrap/servers.ts";
import { actionNeeded, reasonOf, unreachable, type Failure } from "../failure.ts";
import type { SharePool } from "../shares/share-pool.ts";
import {
  answers,
  leaderOf,
  observeAll,
  obstacles,
  type AnsweringServer,
  type ServerState,
  type SilentServer,
} from "./server-state.ts";
import { isRefusal, sharesDoNotFit } from "./shares-refused.ts";

/**
 * The kind of key service that unseals the servers; undefined where operators' shares do.
 * @throws Failure if no server answers.
 */
export async function keyServiceOf(servers: readonly VaultClient[]): Promise<string | undefined> {
  const states = await observeAll(servers);
  const answering = states.filter(answers);
  if (answering.length === 0) {
    throw noneAnswers(states);
  }
  return answering.find(({ seal }) => seal.recovery_seal)?.seal.type;
}

/** What became of a server. */
export interface UnsealOutcome {
  readonly server: string;
  readonly outcome: "was-unsealed" | "unsealed" | "incomplete";
  /** Shares that the server has been given and still keeps; 0 once it is unsealed. */
  readonly progress: number;
  /** Shares that it needs. */
  readonly threshold: number;
}

/** What {@link unsealServers} needs. */
export interface UnsealArgs {
  readonly servers: readonly VaultClient[];
  /** Name of the only server to unseal; absent, all of them. */
  readonly only?: string;
  readonly shares: SharePool;
  readonly report: (line: string) => void;
  /** How long to wait for each server to join once it has its shares, and for a leader at the end. */
  readonly timeoutMilliseconds: number;
}

/**
 * The order in which sealed servers can be unsealed: those with data first, as only they can elect the leader that an
 * empty one, which comes back after it lost its volume, joins.
 */
export function unsealOrder(states: readonly ServerState[]): AnsweringServer[] {
  const sealed = states.filter(answers).filter(({ seal }) => seal.sealed);
  return [...sealed.filter((state) => !isEmpty(state)), ...sealed.filter(isEmpty)];
}

/** Without a leader, an empty server has not heard of the cluster. */
function isEmpty({ seal }: AnsweringServer): boolean {
  return !seal.initialized;
}

/**
 * Unseals every sealed server, one after the other, and waits until they have joined. Shares that others have given
 * before count, so that several operators can each give theirs from their own machine.
 * @throws Failure if the shares don't fit, or a server can't be unsealed by shares.
 */
export async function unsealServers(args: UnsealArgs): Promise<UnsealOutcome[]> {
  const states = await observeAll(args.servers);
  refuseHopeless(states);
  // Other servers than the leader may still have the threshold of before a re-key in mind.
  const threshold = leaderOf(states)?.seal.t ?? Math.max(...states.filter(answers).map(({ seal }) => seal.t));
  const outcomes = new Map<string, UnsealOutcome>();
  for (const state of states.filter(answers).filter(({ seal }) => !seal.sealed)) {
    outcomes.set(state.name, { server: state.name, outcome: "was-unsealed", progress: 0, threshold });
    if (args.only === undefined) {
      args.report(`${state.name}  is unsealed`);
    }
  }
  for (const state of unsealOrder(states).filter(({ name }) => (args.only ?? name) === name)) {
    const server = args.servers.find(({ name }) => name === state.name);
    if (server !== undefined) {
      const outcome = await unsealServer(server, threshold, args);
      outcomes.set(state.name, outcome);
      args.report(describe(outcome));
    }
  }
  await waitForCluster(args, [...outcomes.values()]);
  const silent = states.find((state): state is SilentServer => !answers(state));
  if (silent !== undefined) {
    throw unreachable(
      `${silent.failure}. The other servers were dealt with; run \`vfed unseal\` again once ${silent.name} runs.`,
    );
  }
  return args.servers.flatMap(({ name }) => outcomes.get(name) ?? []);
}

function refuseHopeless(states: readonly ServerState[]): void {
  const answering = states.filter(answers);
  if (answering.length === 0) {
    throw noneAnswers(states);
  }
  if (answering.every(({ seal }) => !seal.initialized)) {
    throw actionNeeded(
      "no Vault server is initialised, so there is nothing to unseal. " +
        "`vfed status <stack>` says what was lost, and what can be done.",
    );
  }
  const removed = answering.find(({ seal }) => seal.removed_from_cluster === true);
  if (removed !== undefined) {
    throw actionNeeded(
      `${removed.name} was removed from the cluster by the others and can't come back with its data. ` +
        `Delete its volume claims and its pod, then run \`vfed unseal\`.`,
    );
  }
  const automatic = answering.find(({ seal }) => seal.sealed && seal.recovery_seal);
  if (automatic !== undefined) {
    throw actionNeeded(
      `${automatic.name} is sealed, but its key service (${automatic.seal.type}) unseals it, and shares can't. ` +
        "Look for the reason in the pod's log.",
    );
  }
}

function noneAnswers(states: readonly ServerState[]): Failure {
  return unreachable(
    `no Vault server can be reached: ${obstacles(states).join("; ")}. Look at its pods with kubectl.`,
  );
}

async function unsealServer(
  server: VaultClient,
  threshold: number,
  args: UnsealArgs,
): Promise<UnsealOutcome> {
  const { name } = server;
  const { shares, report, timeoutMilliseconds } = args;
  let status = await waitForInitialised(server, timeoutMilliseconds);
  let othersShares = status.progress;
  for (let index = 0; ; index += 1) {
    const share = await shares.at(index);
    if (share === undefined) {
      return { server: name, outcome: "incomplete", progress: status.progress, threshold };
    }
    try {
      status = await unseal(server, share);
    } catch (error) {
      if (!isRefusal(error)) {
        // A server without data answers the last share only when it has joined.
        report(`${name}  ${reasonOf(error)}`);
        break;
      }
      status = await resetUnseal(server);
      if (othersShares === 0) {
        throw sharesDoNotFit(name, error, "It has forgotten them, and is sealed as before.");
      }
      report(
        `${name}  the ${othersShares} shares that it had been given before don't fit; starting over without them`,
      );
      othersShares = 0;
      index = -1;
      continue;
    }
    // Each share counts, until there are enough: then they are taken together, and the count starts anew.
    if (!status.sealed || status.progress === 0) {
      break;
    }
  }
  await waitUntil(
    // Whoever types shares takes his time.
    Date.now() + timeoutMilliseconds,
    `${name} was given its shares, but did not unseal`,
    async () => ((await sealStatus(server)).sealed ? "it is still sealed" : ""),
    "If it has lost its volume, the shares don't fit, or it can't reach the leader: delete its pod and run `vfed unseal` again.",
  );
  return { server: name, outcome: "unsealed", progress: 0, threshold };
}

/** A server without data can be unsealed when it has heard of the cluster from its leader. */
async function waitForInitialised(server: VaultClient, timeoutMilliseconds: number): Promise<SealStatus> {
  await waitUntil(
    Date.now() + timeoutMilliseconds,
    `${server.name} is empty and did not hear of the cluster`,
    async () => ((await sealStatus(server)).initialized ? "" : "no leader has answered it yet"),
    "Look at its log, and run `vfed unseal` again.",
  );
  return sealStatus(server);
}

/** Without a majority there is no leader to wait for. */
async function waitForCluster(
  { servers, timeoutMilliseconds, report }: UnsealArgs,
  outcomes: UnsealOutcome[],
): Promise<void> {
  const unsealed = outcomes.filter(({ outcome }) => outcome !== "incomplete").map(({ server }) => server);
  if (unsealed.length * 2 <= servers.length || outcomes.every(({ outcome }) => outcome === "was-unsealed")) {
    return;
  }
  const members = servers.filter(({ name }) => unsealed.includes(name));
  await waitUntil(
    Date.now() + timeoutMilliseconds,
    "the unsealed servers did not all join",
    async () => obstacles(await observeAll(members)).join("; "),
    "Run `vfed status` to see what is missing.",
  );
  report(`${leaderOf(await observeAll(members))?.name ?? "a server"}  leads`);
}

function describe({ server, outcome, progress, threshold }: UnsealOutcome): string {
  return outcome === "incomplete"
    ? `${server}  has ${progress} of ${threshold} shares`
    : `${server}  is unsealed now`;
}
