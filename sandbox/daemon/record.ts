import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { StateFolder } from "../state/folder.ts";
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

/** Leaves the record for the command line to find. It holds a token, so it is for the owner's eyes only. */
export async function writeRecord(folder: StateFolder, record: DaemonRecord): Promise<void> {
  const partial = `${recordFile(folder)}.partial`;
  await writeFile(partial, JSON.stringify(record, undefined, 2), { mode: 0o600 });
  await rename(partial, recordFile(folder));
}

/** The record of a background process that runs, or undefined. */
export async function readRecord(folder: StateFolder): Promise<DaemonRecord | undefined> {
  let text: string;
  try {
    text = await readFile(recordFile(folder), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
  const record = JSON.parse(text) as DaemonRecord;
  return isRunning(record.process) ? record : undefined;
}

/** Takes the record away when the process ends. */
export async function removeRecord(folder: StateFolder): Promise<void> {
  await rm(recordFile(folder), { force: true });
}
