import { waitUntil } from "../../components/vault/bootstrap/servers.ts";
import type { LinkCluster, SyncedKind, SyncedObject } from "./cluster.ts";

/** What is asked of a region's cluster. */
export type SynchronisedCluster = Pick<LinkCluster, "read" | "trigger">;

/** An object that External Secrets works on. */
export interface SyncedPlace {
  readonly kind: SyncedKind;
  readonly name: string;
  /** The links' own namespace by default. */
  readonly namespace?: string;
}

/**
 * Has External Secrets work on an object now, and waits until it has done so with success.
 * @param deadline Milliseconds since the epoch.
 * @throws Error when the time is up, with what External Secrets says.
 */
export async function synchronise(
  cluster: SynchronisedCluster,
  { kind, name, namespace }: SyncedPlace,
  deadline: number,
): Promise<void> {
  const before = (await cluster.read(kind, name, namespace)).status?.syncedResourceVersion;
  await cluster.trigger(kind, name, new Date().toISOString(), namespace);
  await waitUntil(
    deadline,
    `the ${kind} ${name} was not synchronised`,
    async () => {
      const object = await cluster.read(kind, name, namespace);
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
