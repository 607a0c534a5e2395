import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import type { StateFolder } from "../state/folder.ts";
import { isRunning } from "../tools/process.ts";
import { readRecord, removeRecord, type DaemonRecord } from "./record.ts";

const pollMilliseconds = 100;
const startSeconds = 60;
const stopSeconds = 30;

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
  const running = await readRecord(folder);
  if (running !== undefined) {
    return running;
  }
  await mkdir(folder.logs, { recursive: true });
  const log = await open(daemonLog(folder), "a");
  const program = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, [program, folder.root, ...kubeconfigs], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.unref();
  await log.close();

  const exited = once(child, "exit").then(() => true);
  const deadline = Date.now() + startSeconds * 1_000;
  while (Date.now() < deadline) {
    const record = await readRecord(folder);
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

/** Ends the background process; clusters go on running. */
export async function stopDaemon(folder: StateFolder): Promise<void> {
  const record = await readRecord(folder);
  if (record !== undefined) {
    const { pid } = record.process;
    process.kill(pid, "SIGTERM");
    const deadline = Date.now() + stopSeconds * 1_000;
    while (isRunning(record.process)) {
      if (Date.now() > deadline) {
        process.kill(pid, "SIGKILL");
      }
      await sleep(pollMilliseconds);
    }
  }
  await removeRecord(folder);
}

async function logEnd(folder: StateFolder): Promise<string> {
  const lines = (await readFile(daemonLog(folder), "utf8")).trimEnd().split("\n");
  return lines.slice(-15).join("\n");
}
