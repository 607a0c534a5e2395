import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { StateFolder } from "../state/folder.ts";
import { endProcess, type ProcessIdentity } from "../tools/process.ts";
import { daemonProgram, findDaemons } from "./find.ts";
import { readRecord, removeRecord, type DaemonRecord } from "./record.ts";

const pollMilliseconds = 100;
const startSeconds = 60;
const stopSeconds = 30;
const killSeconds = 5;

/** Where the background process writes what it does. */
export function daemonLog(folder: StateFolder): string {
  return join(folder.logs, "daemon.log");
}

/**
 * Makes sure that the background process serves: the one that runs, or a new one, which outlives its starter.
 * @throws Error with the end of its log if it ends before it serves.
 */
export async function ensureDaemon(
  folder: StateFolder,
  kubeconfigs: readonly string[],
): Promise<DaemonRecord> {
  const running = readRecord(folder);
  if (running !== undefined) {
    return running;
  }
  // One without a record belongs to a starter that was killed. Nobody waits for it, and two would fight for the clusters.
  await stopDaemon(folder);
  await mkdir(folder.logs, { recursive: true });
  const log = await open(daemonLog(folder), "a");
  const child = spawn(process.execPath, [daemonProgram, folder.root, ...kubeconfigs], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  await log.close();

  const exited = once(child, "exit").then(() => true);
  const deadline = Date.now() + startSeconds * 1_000;
  while (Date.now() < deadline) {
    const record = readRecord(folder);
    if (record !== undefined) {
      return record;
    }
    if (await Promise.race([exited, sleep(pollMilliseconds, false)])) {
      throw new Error(`the sandbox's background process ended at once:\n${await logEnd(folder)}`);
    }
  }
  child.kill("SIGKILL");
  throw new Error(
    `the sandbox's background process did not serve within ${startSeconds} s:\n${await logEnd(folder)}`,
  );
}

/**
 * Ends the background process, recorded or not; clusters go on running.
 * @throws Error if it can't be ended.
 */
export async function stopDaemon(folder: StateFolder): Promise<void> {
  await Promise.all((await findDaemons(folder)).map(stopProcess));
  await removeRecord(folder);
}

async function stopProcess(daemon: ProcessIdentity): Promise<void> {
  const ending = await endProcess(daemon, [
    ["SIGTERM", stopSeconds],
    ["SIGKILL", killSeconds],
  ]);
  if (ending === undefined) {
    throw new Error(
      `the sandbox's background process (${daemon.pid}) did not end within ${killSeconds} s after it was killed; ` +
        "it may hang in the kernel. Try again later, or reboot.",
    );
  }
}

async function logEnd(folder: StateFolder): Promise<string> {
  const lines = (await readFile(daemonLog(folder), "utf8")).trimEnd().split("\n");
  return lines.slice(-15).join("\n");
}
