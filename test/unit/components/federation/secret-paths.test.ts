import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  localSecretPaths,
  objectName,
  peerSecretPaths,
  readablePaths,
  resultPaths,
  writablePaths,
} from "../../../../components/federation/secret-paths.ts";
import { planArgs, secrets } from "../../../support/secret-plan.ts";

describe("The paths of a region", () => {
  const rights = {
    hub: ["hub/only", "shared/flags/hub", "web/certificate"],
    edge: ["edge/status", "shared/flags/edge"],
    "edge-b": [],
  };
  for (const [region, paths] of Object.entries(rights)) {
    test(`that ${region} may write are those of its secrets, and its part of those with several writers`, async () => {
      assert.deepEqual(writablePaths((await planArgs({ secrets })).secrets, region), paths);
    });
  }

  test("that only its own operator writes are the results, wherever they are held", async () => {
    const { secrets: settings } = await planArgs({
      secrets: { ...secrets, few: { writers: ["hub", "edge"], regions: [] } },
    });
    assert.deepEqual(resultPaths(settings, "hub"), ["few", "flags"]);
    assert.deepEqual(resultPaths(settings, "edge-b"), ["flags"]);
    assert.deepEqual(readablePaths(settings, "edge-b"), ["shared/flags/*"]);
  });

  test("have names of their own in Kubernetes", () => {
    assert.equal(objectName("app/data-base/x"), "app.data-base.x");
  });

  const among = {
    ...secrets,
    // Neither is in the hub's Vault.
    "edge/apart": { home: "edge", regions: ["edge-b"] },
    "flags/apart": { writers: ["edge", "edge-b"], regions: [] },
  };
  for (const [region, peer, paths] of [
    ["hub", "edge", ["edge/status", "shared/flags/edge"]],
    ["hub", "edge-b", []],
    ["edge", "hub", ["shared/flags/hub", "web/certificate"]],
    ["edge-b", "hub", ["shared/flags/hub", "web/certificate"]],
    ["edge-b", "edge", ["edge/apart", "edge/status", "shared/flags/apart/edge", "shared/flags/edge"]],
  ] as const) {
    test(`that ${peer} may write in ${region} are the peer's own, of what ${region} holds`, async () => {
      const { secrets: settings } = await planArgs({ secrets: among });
      assert.deepEqual(peerSecretPaths(settings, region, peer), paths);
    });
  }

  for (const [region, writes, parts] of [
    ["hub", ["hub/only", "shared/flags/hub", "web/certificate", "flags"], ["shared/flags/*"]],
    [
      "edge",
      ["edge/apart", "edge/status", "shared/flags/apart/edge", "shared/flags/edge", "flags", "flags/apart"],
      ["shared/flags/*", "shared/flags/apart/*"],
    ],
    ["edge-c", ["flags"], ["shared/flags/*"]],
  ] as const) {
    test(`that the operator of ${region} works on are what the region writes, its results, and the parts that these are made of`, async () => {
      const { secrets: settings } = await planArgs({ secrets: among });
      assert.deepEqual(localSecretPaths(settings, region), { writes, reads: parts, lists: parts });
    });
  }
});
