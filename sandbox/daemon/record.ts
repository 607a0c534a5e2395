import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { StateFolder } from "../state/folder.ts";
import { JsonFile } from "../state/json-file.ts";
import { isRunning, type ProcessIdentity } from "../tools/process.ts";

/** What the background process tells about itself as soon as it serves. */
export interface DaemonRecord {
  readonly process: ProcessIdentity;
  /** Address of the Linode API, without a version. */
  readonly linodeUrl: string;
  /** Token that the Linode API asks for. */
  readonly linodeToken: string;
  /** Address of the chart repository. */
  readonly chartsUrl: string;
  /** Minor version of Kubernetes that new clusters get. */
  readonly kubernetesVersion: string;
}

function recordFile(folder: StateFolder): string {
  return join(folder.root, "daemon.json");
}

/** Leaves the record for the command line to find. */
export function writeRecord(folder: StateFolder, record: DaemonRecord): void {
  new JsonFile<DaemonRecord>(recordFile(folder)).write(record);
}

/** The record of a background process that runs, or undefined. */
export function readRecord(folder: StateFolder): DaemonRecord | undefined {
  const record = new JsonFile<DaemonRecord>(recordFile(folder)).read();
  return record !== undefined && isRunning(record.process) ? record : undefined;
}

/** Takes the record away when the process ends. */
export async function removeRecord(folder: StateFolder): Promise<void> {
  await rm(recordFile(folder), { force: true });
}
