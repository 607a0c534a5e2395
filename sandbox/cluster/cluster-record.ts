import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { DesiredCluster } from "../linode/provisioner.ts";
import { maximumClusters, maximumNodes } from "../network/addresses.ts";
import { JsonFile } from "../state/json-file.ts";

/** What is kept of a cluster in its folder, so that it can be brought back after a crash or a reboot. */
export interface ClusterRecord {
  /** The cluster's place in the address plan. */
  readonly index: number;
  /** Slots of the nodes in the address plan, by node id. */
  readonly slots: Readonly<Record<string, number>>;
  /** What was asked for last. */
  readonly desired: DesiredCluster;
  /** The cluster's removal has begun, and has to be finished. */
  readonly isBeingRemoved?: true;
}

/**
 * First index that none of the other clusters has.
 * @throws Error if the sandbox has {@link maximumClusters} clusters.
 */
export function chooseIndex(taken: readonly number[]): number {
  for (let index = 0; index < maximumClusters; index++) {
    if (!taken.includes(index)) {
      return index;
    }
  }
  throw new Error(
    `A sandbox holds ${String(maximumClusters)} clusters at most: delete one before creating another.`,
  );
}

/**
 * Slots for the desired nodes: those that have one keep it, and slots of nodes that are still being removed are not
 * given away.
 * @throws Error if there are more nodes than slots.
 */
export function assignSlots(
  slots: Readonly<Record<string, number>>,
  nodeIds: readonly string[],
): Record<string, number> {
  const assigned: Record<string, number> = { ...slots };
  for (const id of nodeIds) {
    if (assigned[id] === undefined) {
      const taken = new Set(Object.values(assigned));
      const free = Array.from({ length: maximumNodes }, (_, offset) => offset + 1).find(
        (slot) => !taken.has(slot),
      );
      if (free === undefined) {
        throw new Error(
          `A cluster of the sandbox holds ${String(maximumNodes)} nodes at most, and ${String(nodeIds.length)} are wanted ` +
            `beside those that are being replaced: lower the pools' counts.`,
        );
      }
      assigned[id] = free;
    }
  }
  return assigned;
}

/** Reads the records of all clusters, by cluster id. */
export async function readRecords(clusters: string): Promise<Map<number, ClusterRecord>> {
  const records = new Map<number, ClusterRecord>();
  for (const id of await readdir(clusters).catch((): string[] => [])) {
    const record = recordOf(clusters, Number(id)).read();
    // Without a record nothing of the cluster was started yet.
    if (record !== undefined) {
      records.set(Number(id), record);
    }
  }
  return records;
}

/** Writes the record of a cluster; a crash leaves the old one or the new one. */
export function writeRecord(clusters: string, record: ClusterRecord): void {
  recordOf(clusters, record.desired.id).write(record);
}

function recordOf(clusters: string, id: number): JsonFile<ClusterRecord> {
  return new JsonFile(join(clusters, String(id), "cluster.json"));
}
