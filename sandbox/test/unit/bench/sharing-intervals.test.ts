import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { sharingIntervals } from "../../../bench/sharing-intervals.ts";
import { scriptPulumi } from "../federation/support/scripted-pulumi.ts";

async function intervalsOf(context: TestContext, settings: Readonly<Record<string, unknown>>) {
  const listed = Object.entries(settings).map(([name, objectValue]) => [
    `vault-federation:${name}`,
    { value: JSON.stringify(objectValue), secret: false, objectValue },
  ]);
  const { pulumi } = await scriptPulumi(context, [
    { commands: '"config --json --stack edge"*', stdout: JSON.stringify(Object.fromEntries(listed)) },
  ]);
  return sharingIntervals(pulumi, "edge");
}

const secrets = { "demo/from-both": { writers: ["hub", "edge"], refreshInterval: "10s" } };

test("The intervals are those of the secret that both regions write", async (context) => {
  assert.deepEqual(
    await intervalsOf(context, {
      secrets: { "demo/from-hub": { refreshInterval: "1h" }, ...secrets },
      delivery: {
        syncedSecrets: {
          other: { path: "demo/from-hub", refreshAfter: "1h" },
          both: { path: "demo/from-both", refreshAfter: "20s" },
        },
      },
      link: { refreshInterval: "5m" },
    }),
    { refreshInterval: "10s", refreshAfter: "20s", linkInterval: "5m" },
  );
});

test("Where a stack's file says nothing, the program's defaults hold", async (context) => {
  const delivery = { syncedSecrets: { both: { path: "demo/from-both" } } };
  assert.deepEqual(await intervalsOf(context, { secrets, delivery }), {
    refreshInterval: "10s",
    refreshAfter: "30s",
    linkInterval: "1m",
  });
});

test("A region without shared secrets is refused with the remedy", async (context) => {
  await assert.rejects(intervalsOf(context, {}), {
    message:
      "stack edge does not share demo/from-both: the sandbox has no Vaults. " +
      "Run `make sandbox-down`, then `make sandbox`.",
  });
});
