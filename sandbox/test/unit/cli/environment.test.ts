import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import {
  callerVariables,
  readEnvironment,
  sandboxVariables,
  writeEnvironment,
} from "../../../cli/environment.ts";
import { StateFolder } from "../../../state/folder.ts";
import type { Identity } from "../../../state/identity.ts";
import { Toolbox } from "../../../tools/toolbox.ts";

/** Sets variables of this process for one test; undefined ones are taken away. */
function setVariables(context: TestContext, variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    context.after(() => {
      setVariable(name, before);
    });
    setVariable(name, value);
  }
}

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) {
    Reflect.deleteProperty(process.env, name);
  } else {
    process.env[name] = value;
  }
}

test("A shell and the sandbox itself read the same values, whatever quotes are in them", async (context) => {
  const folder = new StateFolder(await mkdtemp(join(tmpdir(), "vfed-unit-")));
  context.after(() => rm(folder.root, { recursive: true }));
  const variables = { FOLDER: "/home/o'neill/$HOME \"quoted\" 'twice'", PLAIN: "plain" };
  const file = await writeEnvironment(folder, variables);
  assert.deepEqual(await readEnvironment(folder), variables);
  const printed = execFileSync("sh", ["-c", `. '${file}'; printf '%s|%s' "$FOLDER" "$PLAIN"`], {
    encoding: "utf8",
    env: {},
  });
  assert.equal(printed, `${variables.FOLDER}|${variables.PLAIN}`);
});

test("The caller's variables are kept, but for those that would lead Pulumi or vfed elsewhere", (context) => {
  setVariables(context, { PULUMI_STACK: "theirs", VAULT_ADDR: "https://theirs", VAULTED: "kept" });
  const { PULUMI_STACK, VAULT_ADDR, VAULTED, PATH } = callerVariables();
  assert.deepEqual(
    [PULUMI_STACK, VAULT_ADDR, VAULTED, PATH],
    [undefined, undefined, "kept", process.env.PATH],
  );
});

const noProxy = Object.fromEntries(
  ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
    .flatMap((name) => [name, name.toLowerCase()])
    .map((name) => [name, undefined]),
);

const identity: Identity = { id: "0123abcd", octet: 70, ports: { linodeApi: 1, charts: 2 } };

/** What a sandbox says of exceptions from the caller's proxy. */
function exceptions(sandbox: { identity?: Identity }) {
  const { NO_PROXY, no_proxy } = sandboxVariables({
    folder: new StateFolder("/state"),
    toolbox: new Toolbox([]),
    pulumiBin: "/plugins",
    passphraseFile: "/state/passphrase",
    daemon: {
      process: { pid: 1, startTime: "1" },
      linodeUrl: "http://127.0.0.1:1",
      linodeToken: "token",
      chartsUrl: "http://127.0.0.1:2",
      kubernetesVersion: "1.36",
    },
    ...sandbox,
  });
  return { NO_PROXY, no_proxy };
}

for (const [how, variables, expected] of [
  ["is one", { HTTPS_PROXY: "http://proxy:3128" }, "10.70.0.0/16,127.0.0.1,localhost"],
  ["is one in lower case", { http_proxy: "http://proxy:3128" }, "10.70.0.0/16,127.0.0.1,localhost"],
  [
    "are exceptions already, which are kept",
    { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: ".corp", no_proxy: "127.0.0.1,10.0.0.5" },
    "127.0.0.1,10.0.0.5,.corp,10.70.0.0/16,localhost",
  ],
] as const) {
  test(`The addresses of local clusters are not asked for by a proxy where there ${how}`, (context) => {
    setVariables(context, { ...noProxy, ...variables });
    assert.deepEqual(exceptions({ identity }), { NO_PROXY: expected, no_proxy: expected });
  });
}

for (const [where, variables, sandbox] of [
  ["of the addresses of local clusters where there is no proxy", { HTTPS_PROXY: "" }, { identity }],
  ["of the addresses of given clusters", { HTTPS_PROXY: "http://proxy:3128" }, {}],
] as const) {
  test(`A sandbox makes no exceptions from a proxy ${where}`, (context) => {
    setVariables(context, { ...noProxy, ...variables, NO_PROXY: ".corp" });
    assert.deepEqual(exceptions(sandbox), { NO_PROXY: undefined, no_proxy: undefined });
  });
}
