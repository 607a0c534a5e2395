import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { CommanderError } from "commander";

import { generateRootCommand } from "../../../cli/commands/generate-root.ts";
import { linkPushCommand } from "../../../cli/commands/link-push.ts";
import { linkRevokeCommand } from "../../../cli/commands/link-revoke.ts";
import { linkRotateCommand } from "../../../cli/commands/link-rotate.ts";
import { linkStatusCommand } from "../../../cli/commands/link-status.ts";
import { linkCommand } from "../../../cli/commands/link.ts";
import { rekeyCommand } from "../../../cli/commands/rekey.ts";
import { renewAccessCommand } from "../../../cli/commands/renew-access.ts";
import { revokeRootCommand } from "../../../cli/commands/revoke-root.ts";
import { rollCommand } from "../../../cli/commands/roll.ts";
import { secretCommand } from "../../../cli/commands/secret.ts";
import { statusCommand } from "../../../cli/commands/status.ts";
import { unsealCommand } from "../../../cli/commands/unseal.ts";
import { exitCodeOf, Failure } from "../../../cli/failure.ts";
import { silentTerminal } from "../../support/terminal.ts";

const commands = [
  statusCommand,
  unsealCommand,
  rollCommand,
  generateRootCommand,
  renewAccessCommand,
  revokeRootCommand,
  rekeyCommand,
].map((command) => command(silentTerminal({})));
const linkCommands = [linkStatusCommand, linkPushCommand, linkRotateCommand, linkRevokeCommand].map(
  (command) => command(silentTerminal({})),
);
const secretCommands = secretCommand(silentTerminal({})).commands;
const program = fileURLToPath(new URL("../../../cli/vfed.ts", import.meta.url));

/** Runs the program where there is nothing but Node. */
async function vfed(...args: string[]): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: dirname(process.execPath) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = new Promise((resolve) => child.once("close", resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { status, stdout, stderr };
}

describe("the command line", () => {
  it("explains every command with examples and exit codes", () => {
    const invocations = [
      ...commands.map((command) => [command, command.name()] as const),
      ...linkCommands.map((command) => [command, `link ${command.name()}`] as const),
      ...secretCommands.map((command) => [command, `secret ${command.name()}`] as const),
    ];
    for (const [command, invocation] of invocations) {
      let help = "";
      command.configureOutput({
        writeOut: (part) => {
          help += part;
        },
      });
      command.outputHelp();
      assert.match(help, new RegExp(`Examples:\n  vfed ${invocation}`));
      assert.match(help, /--json/);
      assert.match(help, /Exit codes:/);
    }
  });

  it("has gpg decrypt a share of those beside Vault, where the ones of a re-key are at once", async () => {
    for (const command of ["unseal", "roll", "generate-root", "rekey"]) {
      const { stdout } = await vfed(command, "--help");
      assert.ok(
        stdout.includes(
          "  kubectl -n vault get secret vault-key-shares -o json | " +
            `jq -r '.data["shares.json"] | @base64d | fromjson | .shares[0].ciphertext' | ` +
            `base64 -d | gpg -d | vfed ${command} hub\n`,
        ),
        command,
      );
    }
  });

  it("ends with 64 given an option that does not exist", async () => {
    const { status, stdout, stderr } = await vfed("unseal", "hub", "--bogus");
    assert.match(stderr, /unknown option '--bogus'/);
    assert.equal(stdout, "");
    assert.equal(status, 64);
  });

  for (const [args, hint] of [
    [["bogus"], /unknown command 'bogus'\s+vfed --help lists the commands\n/],
    [["unseal", "--key"], /argument missing\s+vfed unseal --help explains it, with examples\n/],
    [["secret", "list"], /not specified\s+vfed secret list --help explains it, with examples\n/],
  ] as const) {
    it(`names the help that is wanted after ${args.join(" ")}`, async () => {
      const { status, stderr } = await vfed(...args);
      assert.match(stderr, hint);
      assert.equal(status, 64);
    });
  }

  const misused = [
    ["no stack", ["unseal"], /no stack was named/],
    ["two stacks", ["unseal", "hub", "--stack", "edge"], /two stacks were named, hub and edge/],
    ["a time without a unit", ["unseal", "hub", "--timeout", "5"], /must be a whole number with a unit/],
    ["a threshold that is no number", ["rekey", "hub", "--threshold", "2x"], /must be a whole number/],
    ["a re-key for nobody", ["rekey", "hub"], /Add --operators and --threshold/],
    ["no secret's stack", ["secret", "list"], /required option '--stack <name>' not specified/],
    ["a secret's command that does not exist", ["secret", "delete"], /unknown command 'delete'/],
    ["no one-time password", ["generate-root", "hub", "--decode", "--out", "/nowhere/token"], /--otp-file/],
  ] as const;
  for (const [title, [name, ...args], message] of misused) {
    it(`takes ${title} for a misuse`, async () => {
      const command = [...commands, secretCommand(silentTerminal({}))].find(
        (candidate) => candidate.name() === name,
      );
      command?.exitOverride().configureOutput({ writeErr: () => undefined });
      await assert.rejects(
        async () => command?.parseAsync(args, { from: "user" }),
        (error: Error) => {
          assert.match(error.message, message);
          return error instanceof CommanderError || (error instanceof Failure && error.exitCode === 64);
        },
      );
    });
  }

  it("has the commands about links below one name", () => {
    assert.deepEqual(
      linkCommand(silentTerminal({})).commands.map((command) => command.name()),
      linkCommands.map((command) => command.name()),
    );
  });

  it("takes a peer that is not named for a misuse", async () => {
    const { status, stderr } = await vfed("link", "revoke", "hub");
    assert.match(stderr, /required option '--peer <name>' not specified/);
    assert.equal(status, 64);
  });

  it("makes no root token that would go into a pipe", async () => {
    const { status, stderr } = await vfed("generate-root", "hub");
    assert.match(stderr, /Name a new file with --out/);
    assert.equal(status, 1);
  });

  it("ends with 2, and one sentence, where the stack can't be read", async () => {
    const { status, stdout, stderr } = await vfed("unseal", "hub");
    assert.match(stderr, /^vfed: the program pulumi could not be started in .*\n$/);
    assert.equal(stdout, "");
    assert.equal(status, 2);
  });

  it("reports a stack that can't be read as JSON too", async () => {
    const { status, stdout } = await vfed("status", "hub", "--json");
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
