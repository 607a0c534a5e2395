import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { sealStatus, type SealStatus } from "../../components/vault/api/seal.ts";
import { waitUntil } from "../../components/vault/bootstrap/servers.ts";
import { actionNeeded } from "../failure.ts";
import type { SharePool } from "../shares/share-pool.ts";
import { leaderOf, observeAll, obstacles } from "./server-state.ts";
import { requireHealth, requireLeader, waitUntilSettled } from "./settle.ts";
import { unsealServers } from "./unseal.ts";

/** What runs the servers: in a region, its pods. */
export interface ServerHost {
  /** Names of the servers that do not run as they should by now. */
  outdated(): Promise<string[]>;
  /** Names of those among them that do not run at all. */
  stuck(): Promise<string[]>;
  /**
   * Ends a server as gently as it can be, and resolves when another one runs in its place, sealed.
   * @param deadline Milliseconds since the epoch.
   */
  restart(server: string, deadline: number): Promise<void>;
}

/** What {@link rollServers} needs. */
export interface RollArgs {
  readonly servers: readonly VaultClient[];
  readonly host: ServerHost;
  readonly shares: SharePool;
  /** Names of servers that {@link replaceStuck} has just replaced. */
  readonly replaced: readonly string[];
  /** Restart all servers, whether they need it or not. */
  readonly all: boolean;
  /** Go on with fewer shares than are needed, and wait for other operators to unseal each server. */
  readonly othersUnseal: boolean;
  /** Lets autopilot be asked directly; absent, its metrics have to do. */
  readonly token?: string;
  readonly report: (line: string) => void;
  /** How long to wait for each server. */
  readonly timeoutMilliseconds: number;
}

const remedy =
  "No further server was restarted. See `vfed status`; once it is healthy, `vfed roll` goes on with the others.";

/** The next server to restart: the leader only when nobody else is left, so that leadership moves once. */
export function nextToRestart(outdated: readonly string[], leader: string): string | undefined {
  return outdated.findLast((name) => name !== leader) ?? outdated.at(-1);
}

/**
 * Replaces outdated servers that do not run, whatever state the others are in: nothing is stopped by that, and without it
 * the region could never be healthy again. They are sealed afterwards.
 * @returns their names.
 */
export async function replaceStuck({
  servers,
  host,
  report,
  timeoutMilliseconds,
}: Pick<RollArgs, "servers" | "host" | "report" | "timeoutMilliseconds">): Promise<string[]> {
  const stuck = await host.stuck();
  for (const server of servers.filter(({ name }) => stuck.includes(name))) {
    const deadline = Date.now() + timeoutMilliseconds;
    report(`${server.name}  does not run, and is replaced`);
    await host.restart(server.name, deadline);
    await waitUntil(
      deadline,
      `${server.name} does not answer`,
      () => sealStatus(server).then(() => ""),
      remedy,
    );
  }
  return stuck;
}

/**
 * Restarts servers one after the other, unseals each, and goes on only when all are healthy again. Vault hands over the
 * leadership by itself when the leader is told to end.
 * @returns the servers that were restarted, in order.
 * @throws Failure if a server is not healthy to begin with, or there are too few shares.
 */
export async function rollServers(args: RollArgs): Promise<string[]> {
  const { servers, host, report, token, replaced } = args;
  const all = servers.map(({ name }) => name).filter((name) => !replaced.includes(name));
  let outdated = args.all ? all : await host.outdated();
  if (outdated.length === 0 && replaced.length === 0) {
    return [];
  }
  await bringBackReplaced(args);
  const leader = await requireHealth(servers, "no server is restarted", token);
  if (outdated.length > 0) {
    await requireShares(leader, args);
  }
  const restarted = [...replaced];
  for (;;) {
    const name = nextToRestart(outdated, (await requireLeader(servers)).name);
    const server = servers.find((candidate) => candidate.name === name);
    if (server === undefined) {
      return restarted;
    }
    const deadline = Date.now() + args.timeoutMilliseconds;
    report(`${server.name}  restarting`);
    await host.restart(server.name, deadline);
    await bringBack(server, deadline, args);
    await waitUntilSettled(servers, deadline, remedy, token);
    report(`${server.name}  is back, and all servers are healthy`);
    restarted.push(server.name);
    outdated = outdated.filter((other) => other !== server.name);
  }
}

/** Nothing is stopped that could not be started again. */
async function requireShares(leader: VaultClient, args: RollArgs): Promise<void> {
  const lack = await lackOfShares(await sealStatus(leader), args);
  if (lack !== undefined) {
    throw actionNeeded(
      `no server is restarted: ${lack.threshold} shares are needed to unseal it again, and there are ${lack.available}. ` +
        "Give more keys or shares, or use --others-unseal and have other operators run `vfed unseal` meanwhile.",
    );
  }
}

/** How many shares it takes to unseal a server, and how many there are; undefined if that is enough, or nobody needs any. */
async function lackOfShares(
  { t: threshold, recovery_seal: automatic }: SealStatus,
  { shares, othersUnseal }: RollArgs,
): Promise<{ readonly threshold: number; readonly available: number } | undefined> {
  if (automatic) {
    return undefined;
  }
  const available = await shares.gather(threshold);
  return available < threshold && !othersUnseal ? { threshold, available } : undefined;
}

/** Where other servers are ill, or shares are too few, a person has to come first: the check that follows says so. */
async function bringBackReplaced(args: RollArgs): Promise<void> {
  const { servers, replaced, token } = args;
  if (replaced.length === 0) {
    return;
  }
  const others = await observeAll(servers.filter(({ name }) => !replaced.includes(name)));
  if (obstacles(others).length > 0) {
    return;
  }
  const leader = leaderOf(others);
  if (leader !== undefined && (await lackOfShares(leader.seal, args)) !== undefined) {
    return;
  }
  const deadline = Date.now() + args.timeoutMilliseconds;
  for (const server of servers.filter(({ name }) => replaced.includes(name))) {
    await bringBack(server, deadline, args);
  }
  await waitUntilSettled(servers, deadline, remedy, token);
}

async function bringBack(server: VaultClient, deadline: number, args: RollArgs): Promise<void> {
  await waitUntil(
    deadline,
    `${server.name} does not answer`,
    async () => {
      const { initialized, sealed, recovery_seal: automatic } = await sealStatus(server);
      return initialized && !(automatic && sealed) ? "" : "it is not ready to be unsealed";
    },
    remedy,
  );
  const { servers, shares, report } = args;
  const outcomes = await unsealServers({
    servers,
    only: server.name,
    shares,
    report,
    timeoutMilliseconds: deadline - Date.now(),
  });
  if (outcomes.every(({ outcome }) => outcome !== "incomplete")) {
    return;
  }
  report(`${server.name}  waiting for other operators to run vfed unseal`);
  await waitUntil(
    deadline,
    `${server.name} was not unsealed by other operators`,
    async () => ((await sealStatus(server)).sealed ? "it is still sealed" : ""),
    remedy,
  );
}
