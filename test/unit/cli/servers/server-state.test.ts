import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { leaderOf, obstacles, type ServerState } from "../../../../cli/servers/server-state.ts";
import { leaderState, sealedState, serverState } from "../../../support/server-states.ts";

describe("servers as they see themselves and the others", () => {
  const cases: [title: string, states: ServerState[], reasons: string[]][] = [
    [
      "nothing where two follow the one that leads",
      [leaderState(), serverState("vault-1"), serverState("vault-2")],
      [],
    ],
    ["a sealed server", [leaderState(), sealedState("vault-1")], ["vault-1 is sealed"]],
    [
      "an empty server",
      [leaderState(), sealedState("vault-1", { initialized: false })],
      ["vault-1 is empty and has not heard of the cluster"],
    ],
    [
      "a server that was removed",
      [leaderState(), serverState("vault-1", { seal: { removed_from_cluster: true }, health: 530 })],
      ["vault-1 was removed from the cluster by the others"],
    ],
    [
      "a server that can't be asked",
      [leaderState(), { name: "vault-1", failure: "connection refused" }],
      ["vault-1: connection refused"],
    ],
    [
      "a failure that names its server, once",
      [leaderState(), { name: "vault-1", failure: "vault-1 could not be asked" }],
      ["vault-1 could not be asked"],
    ],
    [
      "a standby without a leader",
      [leaderState(), serverState("vault-1", { health: 474 })],
      ["vault-1 hears nothing of the leader"],
    ],
    [
      "a server of unknown health",
      [leaderState(), serverState("vault-1", { health: 472 })],
      ["vault-1 is not healthy (sys/health answers 472)"],
    ],
    [
      "a standby that still follows an earlier leader",
      [leaderState(), serverState("vault-1", { leaderAddress: "https://vault-2:8200" })],
      ["vault-1 does not follow vault-0 yet"],
    ],
    [
      "a standby behind what was committed",
      [
        leaderState(),
        serverState("vault-1", { appliedIndex: 89 }),
        serverState("vault-2", { appliedIndex: 90 }),
      ],
      ["vault-1 has not caught up with the leader yet"],
    ],
    [
      "the missing leader, where nothing else is wrong",
      [serverState("vault-0"), serverState("vault-1")],
      ["there is no leader"],
    ],
  ];
  for (const [title, states, reasons] of cases) {
    it(`are found to lack ${title}`, () => {
      assert.deepEqual(obstacles(states, 90), reasons);
    });
  }

  it("have no leader where two say that they lead", () => {
    assert.equal(leaderOf([leaderState(), serverState("vault-1", { leads: true, health: 200 })]), undefined);
    assert.equal(leaderOf([leaderState(), serverState("vault-1")])?.name, "vault-0");
  });
});
