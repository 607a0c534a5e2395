import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { readEnvironment, writeEnvironment } from "../../../cli/environment.ts";
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
