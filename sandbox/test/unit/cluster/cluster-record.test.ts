import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assignSlots, chooseIndex, readRecords, writeRecord } from "../../../cluster/cluster-record.ts";

describe("places in the address plan", () => {
  it("are given to clusters in order, and again after a cluster is gone", () => {
    assert.deepEqual([chooseIndex([]), chooseIndex([0, 1]), chooseIndex([0, 2])], [0, 2, 1]);
  });

  it("are refused to a ninth cluster", () => {
    assert.throws(() => chooseIndex([0, 1, 2, 3, 4, 5, 6, 7]), /8 clusters at most: delete one/);
  });

  it("stay with a node, and are given to others in order", () => {
    assert.deepEqual(assignSlots({ a: 2 }, ["b", "a", "c"]), { a: 2, b: 1, c: 3 });
  });

  it("are not given away before a node is removed", () => {
    assert.deepEqual(assignSlots({ old: 1 }, ["new"]), { old: 1, new: 2 });
  });

  it("are refused to a sixteenth node", () => {
    const ids = Array.from({ length: 16 }, (_, place) => `node${String(place)}`);
    assert.throws(() => assignSlots({}, ids), /15 nodes at most, and 16 are wanted.*lower the pools' counts/);
  });
});

it("reads back the records of clusters, and passes over a cluster that a crash left without one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  const desired = { id: 7, label: "hub", region: "us-ord", kubernetesVersion: "1.36", nodes: [] };
  assert.deepEqual(await readRecords(join(folder, "missing")), new Map());
  writeRecord(folder, { index: 3, slots: { "1-a": 1 }, desired });
  await mkdir(join(folder, "8"));
  await writeFile(join(folder, "8", "cluster.json.partial"), "{");
  assert.deepEqual(await readRecords(folder), new Map([[7, { index: 3, slots: { "1-a": 1 }, desired }]]));
  await rm(folder, { recursive: true });
});
