import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { recordRegion } from "../support/regions.ts";

describe("The program", () => {
  test("builds what the role says, whatever the stack is called", async () => {
    const { outputs } = await recordRegion("hub", false, { role: "edge" });
    assert.equal(outputs.role, "edge");
  });

  test("fails on a wrong configuration before it declares anything", async () => {
    const changes = { cluster: { region: "us-nowhere", label: "" } };
    await assert.rejects(
      recordRegion("hub", false, changes),
      /has a problem:\n\n {2}vault-federation:cluster\.label\n/,
    );
  });
});
