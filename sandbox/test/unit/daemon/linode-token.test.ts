import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ensureLinodeToken } from "../../../daemon/linode-token.ts";
import { StateFolder } from "../../../state/folder.ts";
import { temporaryFolder } from "../tools/support.ts";

test("The Linode API's token stays the same, and is its owner's alone", async (context) => {
  const folder = new StateFolder(await temporaryFolder(context));
  const token = await ensureLinodeToken(folder);
  assert.match(token, /^[0-9a-f]{64}$/);
  assert.equal(await ensureLinodeToken(folder), token);
  assert.equal((await stat(join(folder.root, "linode-token"))).mode & 0o777, 0o600);
});

test("An empty token, which anybody has, is never one", async (context) => {
  const folder = new StateFolder(await temporaryFolder(context));
  await writeFile(join(folder.root, "linode-token"), "");
  assert.match(await ensureLinodeToken(folder), /^[0-9a-f]{64}$/);
});
