import { synchronise, type SynchronisedCluster } from "./synchronise.ts";

/**
 * Has a fresh token minted for a peer and carried there, and waits for both.
 * @param name Name of the ExternalSecret and the PushSecret that do it.
 * @param deadline Milliseconds since the epoch.
 * @throws Error when the time is up, with what External Secrets says.
 */
export async function rotate(cluster: SynchronisedCluster, name: string, deadline: number): Promise<void> {
  for (const kind of ["ExternalSecret", "PushSecret"] as const) {
    await synchronise(cluster, { kind, name }, deadline);
  }
}
