import type { VaultClient } from "./vault-client.ts";

/** A server in the eyes of autopilot (`sys/storage/raft/autopilot/state`). */
export interface AutopilotServer {
  readonly id: string;
  readonly healthy: boolean;
  readonly status: "leader" | "voter" | "non-voter";
  readonly last_index: number;
}

/** What autopilot knows of the servers. */
export interface AutopilotState {
  readonly healthy: boolean;
  readonly failure_tolerance: number;
  readonly leader: string;
  readonly servers: Readonly<Record<string, AutopilotServer>>;
}

/** Asks the active server what autopilot knows. Needs a token that may read it. */
export async function autopilotState(leader: VaultClient): Promise<AutopilotState> {
  const { data } = await leader.send<{ data: AutopilotState }>("GET", "sys/storage/raft/autopilot/state");
  return data;
}

/** Why the servers are not all voters in good health, or undefined if they are. */
export function unhealthyReason(state: AutopilotState, expectedServers: number): string | undefined {
  const servers = Object.values(state.servers);
  if (servers.length < expectedServers) {
    return `${servers.length} of ${expectedServers} servers have joined`;
  }
  const ill = servers.filter(({ healthy, status }) => !healthy || status === "non-voter");
  if (ill.length > 0) {
    return ill.map(({ id, healthy }) => `${id} is ${healthy ? "no voter yet" : "unhealthy"}`).join(", ");
  }
  return state.healthy ? undefined : "autopilot does not call the cluster healthy yet";
}
