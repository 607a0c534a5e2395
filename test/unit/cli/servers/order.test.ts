import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { nextToRestart } from "../../../../cli/servers/roll.ts";
import { unsealOrder, unsealServers } from "../../../../cli/servers/unseal.ts";
import { leaderState, sealedState, serverState } from "../../../support/server-states.ts";

describe("the order in which servers are unsealed", () => {
  it("leaves out those that are unsealed or silent, and puts empty ones last", () => {
    const order = unsealOrder([
      sealedState("vault-0", { initialized: false, t: 0, n: 0 }),
      sealedState("vault-1"),
      { name: "vault-2", failure: "gone" },
      sealedState("vault-4"),
      serverState("vault-5"),
    ]);
    assert.deepEqual(
      order.map(({ name }) => name),
      ["vault-1", "vault-4", "vault-0"],
    );
  });

  it("is empty where nothing is sealed", () => {
    assert.deepEqual(unsealOrder([leaderState(), serverState("vault-1")]), []);
  });
});

describe("the order in which servers are restarted", () => {
  const cases = [
    ["the last standby", ["vault-0", "vault-1", "vault-2"], "vault-0", "vault-2"],
    [
      "another standby than the leader, whatever its number",
      ["vault-0", "vault-1", "vault-2"],
      "vault-2",
      "vault-1",
    ],
    ["the leader, if it alone is left", ["vault-1"], "vault-1", "vault-1"],
    ["an outdated standby, if the leader is up to date", ["vault-0"], "vault-1", "vault-0"],
    ["nobody, if nobody is left", [], "vault-0", undefined],
  ] as const;
  for (const [title, outdated, leader, expected] of cases) {
    it(`goes on with ${title}`, () => {
      assert.equal(nextToRestart(outdated, leader), expected);
    });
  }
});

describe("unsealing without any server that answers", () => {
  it("ends as something that could not be found out", async () => {
    const { VaultClient } = await import("../../../../components/vault/api/vault-client.ts");
    const { Agent } = await import("node:https");
    const { SharePool } = await import("../../../../cli/shares/share-pool.ts");
    const server = new VaultClient({ name: "vault-0", host: "127.0.0.1", port: 1, agent: new Agent() });
    await assert.rejects(
      unsealServers({
        servers: [server],
        shares: new SharePool(() => assert.fail("a share was asked for")),
        report: () => undefined,
        timeoutMilliseconds: 0,
      }),
      {
        exitCode: 2,
        message:
          /^no Vault server can be reached: vault-0 could not be asked for sys\/seal-status: .*ECONNREFUSED/,
      },
    );
  });
});
