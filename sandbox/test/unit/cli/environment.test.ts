import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { callerVariables, readEnvironment, writeEnvironment } from "../../../cli/environment.ts";
import { StateFolder } from "../../../state/folder.ts";

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
  const set = { PULUMI_STACK: "theirs", VAULT_ADDR: "https://theirs", VAULTED: "kept" };
  Object.assign(process.env, set);
  context.after(() => {
    for (const name of Object.keys(set)) {
      Reflect.deleteProperty(process.env, name);
    }
  });
  const { PULUMI_STACK, VAULT_ADDR, VAULTED, PATH } = callerVariables();
  assert.deepEqual(
    [PULUMI_STACK, VAULT_ADDR, VAULTED, PATH],
    [undefined, undefined, "kept", process.env.PATH],
  );
});
