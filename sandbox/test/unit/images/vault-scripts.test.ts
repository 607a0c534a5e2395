import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runCommand, type CommandResult } from "../../../tools/command.ts";
import { temporaryFolder } from "../tools/support.ts";

/** Stands in for a program: says its name and its arguments, each in brackets. */
const echo = `#!/bin/sh\nprintf '%s' "$(basename "$0")"; printf ' [%s]' "$@"; echo\n`;

/** Has the commands `operator` and `version`, whose help it prints as Vault does. */
const vault = `#!/bin/sh
case "$*" in
  "operator -help") echo "Usage: vault operator <subcommand> [options] [args]" ;;
  "version -help") echo "Usage: vault version" ;;
  *" -help") echo "Usage: vault <command> [args]" ;;
  *) printf vault; printf ' [%s]' "$@"; echo ;;
esac
`;

/** Runs a script of Vault's image among programs that only say how they were called. */
async function run(
  context: TestContext,
  script: "docker-entrypoint.sh" | "pkill",
  scriptArguments: readonly string[],
  { user = "100", variables = {} }: { user?: string; variables?: Record<string, string> } = {},
): Promise<CommandResult> {
  const programs = join(await temporaryFolder(context), "bin");
  await mkdir(programs);
  const contents = { vault, su: echo, chown: echo, id: `#!/bin/sh\necho ${user}\n` };
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(programs, name), content, { mode: 0o755 });
  }
  const file = fileURLToPath(new URL(`../../../images/vault/${script}`, import.meta.url));
  return runCommand(file, scriptArguments, { env: { PATH: `${programs}:/usr/bin:/bin`, ...variables } });
}

const commands: readonly [string, readonly string[], string][] = [
  [
    "a whole command line of Vault",
    ["vault", "server", "-config=/tmp/a b.hcl"],
    "vault [server] [-config=/tmp/a b.hcl]",
  ],
  [
    "server",
    ["server", "-dev"],
    "vault [server] [-config=/vault/config] [-dev-root-token-id=] [-dev-listen-address=0.0.0.0:8200] [-dev]",
  ],
  ["an option of Vault", ["-version"], "vault [-version]"],
  ["a command of Vault", ["operator", "init"], "vault [operator] [init]"],
  ["a command of Vault without arguments", ["version"], "vault [version]"],
  ["another program", ["echo", "hello"], "hello"],
];

for (const [title, given, expected] of commands) {
  test(`the entry point of Vault's image starts what is asked for by ${title}`, async (context) => {
    const { code, stdout, stderr } = await run(context, "docker-entrypoint.sh", given);
    assert.deepEqual([code, stdout, stderr], [0, `${expected}\n`, ""]);
  });
}

test("the entry point hands a development server's token and address on", async (context) => {
  const { stdout } = await run(context, "docker-entrypoint.sh", ["server"], {
    variables: { VAULT_DEV_ROOT_TOKEN_ID: "root", VAULT_DEV_LISTEN_ADDRESS: "127.0.0.1:1" },
  });
  assert.equal(
    stdout,
    "vault [server] [-config=/vault/config] [-dev-root-token-id=root] [-dev-listen-address=127.0.0.1:1]\n",
  );
});

const asVault = `su [-s] [/bin/sh] [-c] [exec "$0" "$@"] [--] [vault] [vault] [-version]\n`;

test("the entry point gives Vault its folders and no rights of root", async (context) => {
  const { stdout } = await run(context, "docker-entrypoint.sh", ["-version"], { user: "0" });
  assert.equal(stdout, `chown [-R] [vault:vault] [/vault/config] [/vault/logs] [/vault/file]\n${asVault}`);
});

test("the entry point leaves the folders as they are where SKIP_CHOWN is set", async (context) => {
  const { stdout } = await run(context, "docker-entrypoint.sh", ["-version"], {
    user: "0",
    variables: { SKIP_CHOWN: "true" },
  });
  assert.equal(stdout, asVault);
});

test("another program keeps the rights of root", async (context) => {
  const { stdout } = await run(context, "docker-entrypoint.sh", ["echo", "hello"], { user: "0" });
  assert.equal(stdout, "hello\n");
});

test("pkill sends a signal to the processes whose command line the pattern matches, and to no other", async (context) => {
  const name = `server-${process.pid}`;
  const [meant, other] = [name, `beside-${name}`].map((argv0) => {
    const child = spawn("/bin/sh", ["-c", "read line"], { argv0, stdio: ["pipe", "ignore", "ignore"] });
    context.after(() => child.kill());
    return child;
  });
  assert.ok(meant !== undefined && other !== undefined);
  const ended = once(meant, "exit");
  const { code, stderr } = await run(context, "pkill", ["-HUP", "-f", `^${name} -c `]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(await ended, [null, "SIGHUP"]);
  const otherEnded = once(other, "exit");
  other.stdin.end("\n");
  assert.deepEqual(await otherEnded, [0, null]);
});

test("pkill fails where the pattern matches nothing", async (context) => {
  assert.equal((await run(context, "pkill", ["-HUP", "-f", `^nothing-${process.pid} `])).code, 1);
});

for (const refused of [["vault"], ["-HUP", "vault"], ["-HUP", "-x", "vault"], ["-HUP", "-f", "a", "b"]]) {
  test(`pkill ${refused.join(" ")} is refused: it could mean other processes`, async (context) => {
    const { code, stdout, stderr } = await run(context, "pkill", refused);
    assert.deepEqual(
      [code, stdout, stderr],
      [2, "", `pkill: this one only understands pkill -SIGNAL -f PATTERN, not: ${refused.join(" ")}\n`],
    );
  });
}
