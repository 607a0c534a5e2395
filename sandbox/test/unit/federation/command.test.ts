import assert from "node:assert/strict";
import { test } from "node:test";

import { runCommand } from "../../../federation/command.ts";

const place = { folder: "/", environment: { PATH: process.env.PATH ?? "" } };
const interrupted = new Error("interrupted; the same command goes on from here");

/** Runs a shell script that is interrupted as soon as it prints something. */
function interrupt(script: string) {
  const ending = new AbortController();
  const onLine = (): void => {
    ending.abort(interrupted);
  };
  return runCommand("sh", ["-c", script], place, { onLine, signal: ending.signal });
}

test("What fails because it was interrupted is not reported for its own words", async () => {
  await assert.rejects(
    interrupt("sleep 600 >&- 2>&- & trap 'kill $!; echo cancelled; exit 255' INT; echo up; wait"),
    interrupted,
  );
});

test("What comes to its end although it was interrupted has its result", async () => {
  const { exitCode, output } = await interrupt(
    "sleep 600 >&- 2>&- & trap 'kill $!; echo done; exit 0' INT; echo up; wait",
  );
  assert.deepEqual([exitCode, output], [0, "up\ndone"]);
});
