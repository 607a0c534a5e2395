import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { exitCodeOf, Failure } from "../../../cli/failure.ts";

const program = fileURLToPath(new URL("../../../cli/vfed.ts", import.meta.url));

/** Runs the program where there is nothing but Node. */
function vfed(...args: string[]) {
  return spawnSync(process.execPath, [program, ...args], {
    encoding: "utf8",
    env: { PATH: dirname(process.execPath) },
    input: "",
  });
}

describe("the command line", () => {
  it("explains every command with examples and exit codes", () => {
    for (const command of ["status", "unseal", "roll", "generate-root", "revoke-root", "rekey"]) {
      const { status, stdout } = vfed(command, "--help");
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`Examples:\n  vfed ${command}`));
      assert.match(stdout, /--json/);
      assert.match(stdout, /Exit codes:/);
    }
  });

  const misused = [
    ["an option that does not exist", ["unseal", "hub", "--bogus"], /unknown option '--bogus'/],
    ["no stack", ["unseal"], /vfed: no stack was named/],
    ["two stacks", ["unseal", "hub", "--stack", "edge"], /two stacks were named, hub and edge/],
    ["a time without a unit", ["unseal", "hub", "--timeout", "5"], /must be a whole number with a unit/],
    ["a re-key for nobody", ["rekey", "hub"], /Add --operators and --threshold/],
    [
      "no one-time password to decode with",
      ["generate-root", "hub", "--decode", "--out", "token"],
      /--otp-file/,
    ],
  ] as const;
  for (const [title, args, message] of misused) {
    it(`ends with 64 given ${title}`, () => {
      const { status, stdout, stderr } = vfed(...args);
      assert.match(stderr, message);
      assert.equal(stdout, "");
      assert.equal(status, 64);
    });
  }

  it("makes no root token that would go into a pipe", () => {
    const { status, stderr } = vfed("generate-root", "hub");
    assert.match(stderr, /Name a new file with --out/);
    assert.equal(status, 1);
  });

  it("ends with 2, and one sentence, where the stack can't be read", () => {
    const { status, stdout, stderr } = vfed("unseal", "hub");
    assert.match(stderr, /^vfed: the program pulumi could not be started in .*\n$/);
    assert.equal(stdout, "");
    assert.equal(status, 2);
  });

  it("reports a stack that can't be read as JSON too", () => {
    const { status, stdout } = vfed("status", "hub", "--json");
    const [finding] = JSON.parse(stdout) as { stack: string; unknowns: string[]; exitCode: number }[];
    assert.equal(finding?.stack, "hub");
    assert.match(finding.unknowns.join(), /pulumi could not be started/);
    assert.equal(finding.exitCode, 2);
    assert.equal(status, 2);
  });
});

describe("the exit code of a failure", () => {
  it("is the failure's own, 130 for an interrupted question, and 2 for what nobody foresaw", () => {
    assert.equal(exitCodeOf(new Failure(1, "x")), 1);
    assert.equal(exitCodeOf(Object.assign(new Error("x"), { name: "ExitPromptError" })), 130);
    assert.equal(exitCodeOf(new TypeError("x")), 2);
    assert.equal(exitCodeOf("x"), 2);
  });
});
