import assert from "node:assert/strict";
import { open, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { JsonFile } from "../../../state/json-file.ts";
import { readOrMake, readWhole, writeWhole } from "../../../state/whole-file.ts";
import { temporaryFolder } from "../tools/support.ts";

test("A file is replaced and never written in place, whose draft is gone, and which only its owner may read", async (context) => {
  const folder = await temporaryFolder(context);
  const file = join(folder, "a");
  await writeFile(file, "old", { mode: 0o644 });
  const reader = await open(file);
  writeWhole(file, "new");
  assert.equal(await reader.readFile("utf8"), "old");
  await reader.close();
  assert.equal(await readFile(file, "utf8"), "new");
  assert.deepEqual(await readdir(folder), ["a"]);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
});

test("A missing file and an empty one are both nothing, and what can't be read is an error", async (context) => {
  const folder = await temporaryFolder(context);
  await writeFile(join(folder, "empty"), "");
  assert.equal(await readWhole(join(folder, "empty")), undefined);
  assert.equal(await readWhole(join(folder, "missing")), undefined);
  await assert.rejects(readWhole(folder), /EISDIR/);
});

test("What is made once stays, and is made anew where a file was left empty", async (context) => {
  const file = join(await temporaryFolder(context), "a");
  await writeFile(file, "");
  assert.equal(await readOrMake(file, () => "first"), "first");
  assert.equal(await readOrMake(file, () => "second"), "first");
  assert.equal(await readFile(file, "utf8"), "first");
});

test("A JSON document is replaced in the same way, in a folder that is made", async (context) => {
  const folder = join(await temporaryFolder(context), "made");
  const document = new JsonFile<{ a: number }>(join(folder, "a.json"));
  assert.equal(document.read(), undefined);
  document.write({ a: 1 });
  const { ino } = await stat(join(folder, "a.json"));
  document.write({ a: 2 });
  assert.deepEqual(document.read(), { a: 2 });
  assert.notEqual((await stat(join(folder, "a.json"))).ino, ino);
  assert.deepEqual(await readdir(folder), ["a.json"]);
});
