import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { leaderOf, observeAll } from "../../../cli/servers/server-state.ts";
import { unsealServers } from "../../../cli/servers/unseal.ts";
import { SharePool } from "../../../cli/shares/share-pool.ts";
import { findLeader } from "../../../components/vault/api/leader.ts";
import { sealStatus, unseal } from "../../../components/vault/api/seal.ts";
import { assertNothingSealed, OperatedVault, refused, wrongShares } from "../../support/operated-vault.ts";

const operated = new OperatedVault();

before(() => operated.start());
after(() => operated.close());

function progresses(): Promise<number[]> {
  return Promise.all(operated.servers.clients.map(async (server) => (await sealStatus(server)).progress));
}

describe("unsealing three real servers", () => {
  it("asks for no share where nothing is sealed", async () => {
    await assertNothingSealed(operated.servers.clients);
  });

  it("names shares that don't fit, and leaves the servers without progress", async () => {
    await operated.servers.restartAll();
    await assert.rejects(
      operated.unseal(wrongShares),
      refused(/the shares don't fit vault-0's key.*It has forgotten them/s),
    );
    assert.deepEqual(await progresses(), [0, 0, 0]);
    await assert.rejects(
      operated.unseal(wrongShares),
      (error: Error) => !error.message.includes("11".repeat(33)),
    );
  });

  it("is what an update asks for that needs a leader", async () => {
    await assert.rejects(findLeader(operated.servers.clients), {
      message:
        "no Vault server leads: vault-0 is sealed; vault-1 is sealed; vault-2 is sealed. " +
        "Mend that (unseal them with `vfed unseal <stack>`), then run `pulumi up` again.",
    });
  });

  it("keeps one operator's share until another operator gives theirs", async () => {
    const first = await operated.unseal(operated.shares.slice(0, 1));
    assert.deepEqual(
      first.map(({ outcome, progress, threshold }) => [outcome, progress, threshold]),
      Array(3).fill(["incomplete", 1, 2]),
    );
    assert.deepEqual(await progresses(), [1, 1, 1]);

    const second = await operated.unseal(operated.shares.slice(1, 2));
    assert.deepEqual(
      second.map(({ outcome }) => outcome),
      ["unsealed", "unsealed", "unsealed"],
    );
    const states = await observeAll(operated.servers.clients);
    assert.notEqual(leaderOf(states), undefined);
  });

  it("starts over without a wrong share that somebody has left behind", async () => {
    await operated.servers.restartAll();
    await unseal(operated.servers.client("vault-0"), wrongShares[0]);
    const outcomes = await operated.unseal(operated.shares.slice(0, 2));
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ["unsealed", "unsealed", "unsealed"],
    );
  });

  it("unseals a server that lost its volume after the others, and it joins again", async () => {
    await operated.servers.waitUntilHealthy();
    await operated.servers.restartAll();
    await operated.servers.stopServer("vault-0");
    await operated.servers.eraseServer("vault-0");
    await operated.servers.startServer("vault-0");
    const order: string[] = [];
    await unsealServers({
      servers: operated.servers.clients,
      shares: SharePool.of(operated.shares.slice(0, 2)),
      report: (line) => order.push(line.slice(0, 7)),
      timeoutMilliseconds: 60_000,
    });
    assert.deepEqual(order.slice(0, 3), ["vault-1", "vault-2", "vault-0"]);
    assert.equal((await sealStatus(operated.servers.client("vault-0"))).sealed, false);
    await operated.servers.waitUntilHealthy();
  });
});
