import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { autopilotFromMetrics } from "../../../../cli/servers/autopilot.ts";

function metrics(healthy: number, failureTolerance: number, nodes: readonly number[] = [1, 1, 1]): string {
  return [
    "# TYPE vault_autopilot_healthy gauge",
    `vault_autopilot_healthy ${healthy}`,
    `vault_autopilot_failure_tolerance ${failureTolerance}`,
    ...nodes.map((value, index) => `vault_autopilot_node_healthy{node_id="vault-${index}"} ${value}`),
    "vault_core_unsealed 1",
  ].join("\n");
}

describe("autopilot's verdict in Vault's metrics", () => {
  const cases = [
    ["healthy with all voters", metrics(1, 1), "healthy", 1, ""],
    ["unhealthy, by name", metrics(0, 0, [1, 0, 1]), "unhealthy", 0, "autopilot calls vault-1 unhealthy"],
    ["unhealthy as a whole", metrics(0, 1), "unhealthy", 1, "autopilot does not call the cluster healthy"],
    [
      "unhealthy while a server is no voter yet",
      metrics(1, 0),
      "unhealthy",
      0,
      "autopilot says that 0 servers may be lost, of 3: not all are voters yet",
    ],
  ] as const;
  for (const [title, text, verdict, failureTolerance, reason] of cases) {
    it(`is ${title}`, () => {
      assert.deepEqual(autopilotFromMetrics(text, 3), { verdict, failureTolerance, reason });
    });
  }

  it("is pending where a new leader has no opinion yet", () => {
    assert.deepEqual(autopilotFromMetrics("vault_core_unsealed 1\n", 3), {
      verdict: "pending",
      reason: "autopilot has no opinion of the servers yet",
    });
  });

  it("expects that two of five may be lost", () => {
    assert.equal(autopilotFromMetrics(metrics(1, 2), 5).verdict, "healthy");
    assert.equal(autopilotFromMetrics(metrics(1, 1), 5).verdict, "unhealthy");
  });
});
