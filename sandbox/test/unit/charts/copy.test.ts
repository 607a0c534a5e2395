import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { copyFolder } from "../../../charts/copy.ts";
import { temporaryFolder } from "../tools/support.ts";
import { writeModule } from "./support.ts";

test("a folder of the module cache is copied at all depths, and the copy can be written", async (context) => {
  const folder = await temporaryFolder(context);
  const target = join(folder, "target");
  await writeModule(join(folder, "source"), {
    "values.yaml": "a: 1\n",
    "templates/tests/pod.yaml": "kind: Pod\n",
  });
  await copyFolder(join(folder, "source"), target);
  assert.equal(await readFile(join(target, "values.yaml"), "utf8"), "a: 1\n");
  assert.equal(await readFile(join(target, "templates", "tests", "pod.yaml"), "utf8"), "kind: Pod\n");
  await writeFile(join(target, "values.yaml"), "");
});

test("files that are not wanted are left out, with the folders that only they would need", async (context) => {
  const folder = await temporaryFolder(context);
  const target = join(folder, "target");
  await writeModule(join(folder, "source"), { "values.yaml": "", "ci/values.yaml": "" });
  await copyFolder(join(folder, "source"), target, (file) => file !== join("ci", "values.yaml"));
  assert.deepEqual(await readdir(target, { recursive: true }), ["values.yaml"]);
});
