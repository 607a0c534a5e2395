import { waitUntil } from "../../components/vault/bootstrap/servers.ts";
import type { LinkCluster, SyncedKind, SyncedObject } from "./cluster.ts";

/**
 * Has a fresh token minted for a peer and carried there, and waits for both.
 * @param name Name of the ExternalSecret and the PushSecret that do it.
 * @param deadline Milliseconds since the epoch.
 * @throws Error when the time is up, with what External Secrets says.
 */
export async function rotate(cluster: LinkCluster, name: string, deadline: number): Promise<void> {
  for (const kind of ["ExternalSecret", "PushSecret"] as const) {
    await synchronise(cluster, kind, name, deadline);
  }
}

async function synchronise(
  cluster: LinkCluster,
  kind: SyncedKind,
  name: string,
  deadline: number,
): Promise<void> {
  const before = (await cluster.read(kind, name)).status?.syncedResourceVersion;
  await cluster.trigger(kind, name, new Date().toISOString());
  await waitUntil(
    deadline,
    `the ${kind} ${name} was not synchronised`,
    async () => {
      const object = await cluster.read(kind, name);
      const failure = failureOf(object);
      return failure === "" && object.status?.syncedResourceVersion === before
        ? "External Secrets has not looked at it yet"
        : failure;
    },
    "Look at `vfed link status`.",
  );
}

/** Why an object is not ready, in the words of External Secrets; empty if it is. */
export function failureOf({ status }: SyncedObject): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" ? "" : (ready?.message ?? "External Secrets has not looked at it yet");
}
