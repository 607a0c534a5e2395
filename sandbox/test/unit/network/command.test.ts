import assert from "node:assert/strict";
import { it } from "node:test";
import { CommandError, runCommand } from "../../../network/command.ts";

it("returns what a program prints, and hands it its input", async () => {
  assert.equal(await runCommand("sh", ["-c", "tr a-z A-Z"], "text"), "TEXT");
});

it("fails with the command and what the program wrote to standard error", async () => {
  const failing = runCommand("sh", ["-c", "echo oh no >&2; exit 3"]);
  await assert.rejects(failing, (error) => error instanceof CommandError && error.stderr === "oh no");
  await assert.rejects(failing, { message: "`sh -c echo oh no >&2; exit 3` failed: oh no" });
});

it("says that a program is missing", async () => {
  await assert.rejects(runCommand("no-such-program", []), /`no-such-program` failed: .*ENOENT/);
});
