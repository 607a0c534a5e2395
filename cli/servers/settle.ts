import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { waitUntil } from "../../components/vault/bootstrap/servers.ts";
import { actionNeeded } from "../failure.ts";
import { askAutopilot } from "./autopilot.ts";
import { leaderOf, observeAll, obstacles, type AnsweringServer } from "./server-state.ts";

/** Why the servers are not all in good health, by their own words and by autopilot's; empty if they are. */
export async function illnesses(
  servers: readonly VaultClient[],
  committed = 0,
  token?: string,
): Promise<string[]> {
  const states = await observeAll(servers);
  const reasons = obstacles(states, committed);
  const leader = leaderOf(states);
  if (reasons.length > 0 || leader === undefined) {
    return reasons;
  }
  const { reason } = await askAutopilot(clientOf(servers, leader), servers.length, token);
  return reason === "" ? [] : [reason];
}

/**
 * Waits until all servers are in good health, and have taken in everything that was committed when the wait began.
 * @param deadline Milliseconds since the epoch.
 * @throws Error when the time is up, with what was missing last, and the remedy.
 */
export async function waitUntilSettled(
  servers: readonly VaultClient[],
  deadline: number,
  remedy: string,
  token?: string,
): Promise<void> {
  let committed: number | undefined;
  await waitUntil(
    deadline,
    "the Vault servers did not all become healthy",
    async () => {
      committed ??= leaderOf(await observeAll(servers))?.committedIndex;
      return (await illnesses(servers, committed, token)).join("; ");
    },
    remedy,
  );
}

/**
 * The client of the server that leads, if all servers are in good health.
 * @throws Failure that names what is wrong, where something is: `purpose` says what must not be done then.
 */
export async function requireHealth(
  servers: readonly VaultClient[],
  purpose: string,
  token?: string,
): Promise<VaultClient> {
  const reasons = await illnesses(servers, 0, token);
  const leader = leaderOf(await observeAll(servers));
  if (reasons.length > 0 || leader === undefined) {
    throw actionNeeded(
      `${purpose}, as not all servers are in good health: ${reasons.join("; ") || "there is no leader"}. ` +
        "Mend that first (sealed servers: `vfed unseal`), then run the command again.",
    );
  }
  return clientOf(servers, leader);
}

/** The client of the server that leads. @throws Failure if there is none. */
export async function requireLeader(servers: readonly VaultClient[]): Promise<VaultClient> {
  const states = await observeAll(servers);
  const leader = leaderOf(states);
  if (leader === undefined) {
    throw actionNeeded(
      `no server leads: ${obstacles(states).join("; ")}. Run \`vfed unseal\` if servers are sealed, then the command again.`,
    );
  }
  return clientOf(servers, leader);
}

function clientOf(servers: readonly VaultClient[], { name }: AnsweringServer): VaultClient {
  const client = servers.find((server) => server.name === name);
  if (client === undefined) {
    throw new Error(`${name} is none of ${servers.map((server) => server.name).join(", ")}`);
  }
  return client;
}
