import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as pulumi from "@pulumi/pulumi";

import { record } from "../support/record.ts";
import {
  engineConfig,
  offer,
  recordRegion,
  shippedFile,
  stackName,
  withOperators,
} from "../support/regions.ts";

describe("The program", () => {
  test("builds what the role says, whatever the stack is called", async () => {
    const { outputs } = await recordRegion("hub", false, { role: "edge" });
    assert.equal(outputs.role, "edge");
  });

  test("fails on a wrong configuration before it declares anything", async () => {
    process.env.LINODE_TOKEN = "not-used-without-an-engine";
    const registered = new Set<string>();
    const run = async (role: string): Promise<void> => {
      await record({
        stack: "hub",
        preview: true,
        config: { ...engineConfig(withOperators(shippedFile("hub"))), "vault-federation:role": role },
        invokes: offer,
        stacks: { [stackName("hub")]: {} },
        outputsOf: (type) => {
          registered.add(type);
          return {};
        },
      });
    };

    await assert.rejects(run("spoke"), /has a problem:\n\n {2}vault-federation:role\n/);
    await pulumi.runtime.disconnect();
    assert.deepEqual([...registered], []);
    // What would be registered is heard of.
    await run("hub");
    assert.ok(registered.has("vault-federation:cluster:LkeCluster"), [...registered].join("\n"));
  });
});
