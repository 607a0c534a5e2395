import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { askAutopilot } from "../../../cli/servers/autopilot.ts";
import { requireLeader } from "../../../cli/servers/settle.ts";
import { enabledAuditDevices } from "../../../cli/status/status.ts";
import { OperatedVault } from "../../support/operated-vault.ts";

const operated = new OperatedVault();

before(() => operated.start());
after(() => operated.close());

describe("the audit devices of real servers", () => {
  it("are found by path, type and target", async () => {
    const leader = (await requireLeader(operated.servers.clients)).withToken(operated.rootToken);
    assert.deepEqual(await enabledAuditDevices(leader), []);
    await leader.send("PUT", "sys/audit/stdout", { type: "file", options: { file_path: "stdout" } });
    assert.deepEqual(await enabledAuditDevices(leader), [{ path: "stdout", type: "file", target: "stdout" }]);
    await leader.send("DELETE", "sys/audit/stdout");
  });
});

describe("autopilot of real servers", () => {
  it("says the same by its state, with a token, and by its metrics, without one or with a token of somebody else", async () => {
    await operated.servers.waitUntilHealthy();
    const leader = await requireLeader(operated.servers.clients);
    const expected = { verdict: "healthy", failureTolerance: 1, reason: "" };
    assert.deepEqual(await askAutopilot(leader, 3, operated.rootToken), expected);
    assert.deepEqual(await askAutopilot(leader, 3), expected);
    assert.deepEqual(await askAutopilot(leader, 3, "hvs.unknown"), expected);
  });

  it("does not say it without a token where the load balancer leads", async () => {
    const leader = await requireLeader(operated.servers.clients);
    await assert.rejects(leader.readText("sys/metrics?format=prometheus"), { status: 403 });
  });
});
