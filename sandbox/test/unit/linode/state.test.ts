import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { LinodeStore, takeId } from "../../../linode/state.ts";
import { isIssued } from "../../../linode/tokens.ts";

test("A change that fails leaves no trace, in memory or on disk", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "linode-"));
  context.after(() => rm(folder, { recursive: true }));
  const store = new LinodeStore(folder);
  const first = store.change(takeId);
  assert.throws(
    () =>
      store.change((state) => {
        takeId(state);
        throw new Error("no");
      }),
    /^Error: no$/,
  );
  assert.equal(store.state.nextId, first + 1);
  assert.equal(new LinodeStore(folder).state.nextId, first + 1);
});

test("A token that was handed out opens nothing after its end", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "linode-"));
  context.after(() => rm(folder, { recursive: true }));
  const { state } = new LinodeStore(folder);
  const record = { id: 1, created: "2018-01-02T03:04:05", scopes: "*", shown: "", label: "dns" };
  const digest = createHash("sha256").update("token").digest("hex");
  const issued = (expiry: string | null) =>
    isIssued({ ...state, tokens: [{ ...record, digest, expiry }] }, "token");
  assert.equal(issued("2018-01-02T03:04:05"), false);
  assert.equal(issued("2999-01-02T03:04:05"), true);
  assert.equal(issued(null), true);
});
