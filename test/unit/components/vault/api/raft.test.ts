import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  unhealthyReason,
  type AutopilotServer,
  type AutopilotState,
} from "../../../../../components/vault/api/raft.ts";

const voter = { healthy: true, status: "voter", last_index: 7 } as const;

/** What autopilot says of three servers, with some of it changed. */
function state(changes: Record<string, Partial<AutopilotServer>> = {}, healthy = true): AutopilotState {
  const ids = ["vault-0", "vault-1", "vault-2"];
  const servers = ids.map((id) => [id, { ...voter, id, ...changes[id] }] as const);
  return { healthy, failure_tolerance: 1, leader: "vault-0", servers: Object.fromEntries(servers) };
}

describe("The reason why servers are not in good health", () => {
  for (const [title, given, expected, reason] of [
    ["is none when all are healthy voters", state({ "vault-0": { status: "leader" } }), 3, undefined],
    ["counts servers that have not joined", state(), 5, "3 of 5 servers have joined"],
    ["names one that is unhealthy", state({ "vault-1": { healthy: false } }), 3, "vault-1 is unhealthy"],
    [
      "names all, and tells those that are no voters yet from those that are unhealthy",
      state({ "vault-1": { healthy: false, status: "non-voter" }, "vault-2": { status: "non-voter" } }),
      3,
      "vault-1 is unhealthy, vault-2 is no voter yet",
    ],
    [
      "is autopilot's own when no server stands out",
      state({}, false),
      3,
      "autopilot does not call the cluster healthy yet",
    ],
  ] as const) {
    test(title, () => {
      assert.equal(unhealthyReason(given, expected), reason);
    });
  }
});
