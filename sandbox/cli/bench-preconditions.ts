import { existsSync } from "node:fs";

import { readRecord } from "../daemon/record.ts";
import type { StateFolder } from "../state/folder.ts";

/**
 * Refuses a sandbox that can't be measured, before anything is made.
 * @throws Error that says what the sandbox lacks, and which command provides it.
 */
export function requireBenchable(folder: StateFolder): void {
  if (readRecord(folder) === undefined) {
    throw new Error(`the sandbox in ${folder.root} is not running; start it with \`make sandbox\``);
  }
  if (!existsSync(folder.operators)) {
    throw new Error(
      `the sandbox in ${folder.root} is up without Vaults, and the bench measures how a region gets one; ` +
        "give it Vaults with `node sandbox/cli/main.ts up --vault`",
    );
  }
}
