import { existsSync } from "node:fs";

import type { BenchName } from "../bench/bench.ts";
import { readRecord } from "../daemon/record.ts";
import type { StateFolder } from "../state/folder.ts";

/**
 * Refuses a sandbox that can't be measured, before anything is made.
 * @param chosen What is to be measured. Previews can be without Vaults.
 * @throws Error that says what the sandbox lacks, and which command provides it.
 */
export function requireBenchable(folder: StateFolder, chosen: readonly BenchName[]): void {
  if (readRecord(folder) === undefined) {
    throw new Error(`the sandbox in ${folder.root} is not running; start it with \`make sandbox\``);
  }
  if (chosen.some((name) => name !== "previews") && !existsSync(folder.operators)) {
    throw new Error(
      `the sandbox in ${folder.root} is up without Vaults, and only previews can be measured there (--only previews); ` +
        "give it Vaults with `node sandbox/cli/main.ts up --vault`",
    );
  }
}
