import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));

for (const runs of ["abc", "0", "1.5"]) {
  test(`bench refuses ${runs} runs`, () => {
    const { status, stderr } = spawnSync(process.execPath, [main, "bench", "--runs", runs], {
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.equal(
      stderr.trim(),
      `error: option '--runs <number>' argument '${runs}' is invalid. It must be a whole number, 1 or more.`,
    );
  });
}
