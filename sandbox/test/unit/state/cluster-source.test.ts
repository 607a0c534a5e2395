import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { chooseClusterSource, readClusterSource, writeClusterSource } from "../../../state/cluster-source.ts";
import { StateFolder } from "../../../state/folder.ts";

const local = { kubeconfigs: [] };
const given = { kubeconfigs: ["/a", "/b"] };

test("The source of clusters is remembered", async (context) => {
  const folder = new StateFolder(await mkdtemp(join(tmpdir(), "vfed-unit-")));
  context.after(() => rm(folder.root, { recursive: true }));
  assert.equal(readClusterSource(folder), undefined);
  writeClusterSource(folder, given);
  assert.deepEqual(readClusterSource(folder), given);
});

for (const [title, recorded, asked, expected] of [
  ["At first it is what is asked for", undefined, given.kubeconfigs, given],
  ["At first, without a wish, clusters are local", undefined, [], local],
  ["Without a wish it goes on with the given clusters", given, [], given],
  ["Without a wish it goes on with local clusters", local, [], local],
  ["The same wish again is no other one", given, given.kubeconfigs, given],
] as const) {
  test(title, () => {
    assert.deepEqual(chooseClusterSource(recorded, asked), expected);
  });
}

for (const [recorded, asked, sentence] of [
  [local, ["/a", "/b"], "local clusters, and can't go on with the clusters of /a and /b"],
  [given, ["/b", "/a"], "the clusters of /a and /b, and can't go on with the clusters of /b and /a"],
] as const) {
  test(`A sandbox of ${sentence.split(",")[0] ?? ""} is not given others`, () => {
    assert.throws(() => chooseClusterSource(recorded, asked), {
      message:
        `this sandbox was made with ${sentence}. ` +
        "Run `make sandbox` without KUBECONFIGS to go on, or `make sandbox-down` first to change.",
    });
  });
}
