import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { replaceStuck, rollServers, type RollArgs } from "../../../cli/servers/roll.ts";
import { requireLeader } from "../../../cli/servers/settle.ts";
import { SharePool } from "../../../cli/shares/share-pool.ts";
import { VaultError } from "../../../components/vault/api/vault-client.ts";
import { assertNothingSealed, OperatedVault, outdatedHost, refused } from "../../support/operated-vault.ts";

const operated = new OperatedVault();

before(() => operated.start());
after(() => operated.close());

describe("rolling three real servers", () => {
  function rollArgs(changes: Partial<RollArgs>): RollArgs {
    return {
      servers: operated.servers.clients,
      host: outdatedHost(operated.servers),
      shares: SharePool.of(operated.shares),
      replaced: [],
      all: false,
      othersUnseal: false,
      report: () => undefined,
      timeoutMilliseconds: 60_000,
      ...changes,
    };
  }
  const forbidden = {
    outdated: () => Promise.resolve(["vault-1"]),
    stuck: () => Promise.resolve([]),
    restart: () => assert.fail("a server was restarted"),
  };

  it("restarts nothing where every server runs as it should", async () => {
    const host = { ...forbidden, outdated: () => Promise.resolve([]) };
    assert.deepEqual(await rollServers(rollArgs({ host })), []);
  });

  it("restarts nothing with fewer shares than it takes to unseal a server", async () => {
    await assert.rejects(
      rollServers(rollArgs({ host: forbidden, shares: SharePool.of(operated.shares.slice(0, 1)) })),
      refused(/no server is restarted: 2 shares are needed to unseal it again, and there are 1/),
    );
  });

  it("restarts standbys first and the leader last, and every acknowledged write is kept", async () => {
    await operated.servers.waitUntilHealthy();
    await operated.servers
      .client("vault-0")
      .withToken(operated.rootToken)
      .send("POST", "sys/mounts/kv", { type: "kv" })
      .catch(ignoreRefusal);
    const leader = (await requireLeader(operated.servers.clients)).name;
    const stop = new AbortController();
    const writer = writeUntil(stop.signal);
    const restarted = await rollServers(rollArgs({}));
    stop.abort();
    const acknowledged = await writer;

    assert.equal(restarted.length, 3);
    assert.equal(restarted.at(-1), leader);
    const reader = (await requireLeader(operated.servers.clients)).withToken(operated.rootToken);
    const { data } = await reader.send<{ data: { keys: string[] } }>("LIST", "kv");
    assert.ok(acknowledged.length > 0);
    assert.deepEqual(
      acknowledged.filter((key) => !data.keys.includes(key)),
      [],
    );
  });

  it("refuses to begin while a server is sealed", async () => {
    await operated.servers.restartServer("vault-1");
    await assert.rejects(
      rollServers(rollArgs({ host: forbidden })),
      refused(/no server is restarted.*vault-1 is sealed/),
    );
    await operated.unseal(operated.shares);
    await operated.servers.waitUntilHealthy();
  });

  describe("of which an outdated one does not run", () => {
    /** A host whose server can't start before it is replaced, and is what it should be then. */
    function hostOf(stuck: string): RollArgs["host"] {
      return {
        outdated: () => Promise.resolve([]),
        stuck: () => Promise.resolve([stuck]),
        restart: (name) => operated.servers.restartServer(name),
      };
    }

    it("replaces that one first, although not all are healthy, and unseals it", async () => {
      const { clients } = operated.servers;
      const stuck = (await requireLeader(clients)).name === "vault-1" ? "vault-2" : "vault-1";
      await operated.servers.stopServer(stuck);
      const args = rollArgs({ host: hostOf(stuck) });
      const replaced = await replaceStuck(args);
      assert.deepEqual(replaced, [stuck]);
      assert.deepEqual(await rollServers({ ...args, replaced }), [stuck]);
      await assertNothingSealed(clients);
    });

    it("replaces that one, and leaves it sealed with fewer shares than it takes to unseal it", async () => {
      const stuck =
        (await requireLeader(operated.servers.clients)).name === "vault-1" ? "vault-2" : "vault-1";
      await operated.servers.stopServer(stuck);
      const args = rollArgs({ host: hostOf(stuck), shares: SharePool.of(operated.shares.slice(0, 1)) });
      const replaced = await replaceStuck(args);
      await assert.rejects(
        rollServers({ ...args, replaced }),
        refused(new RegExp(`no server is restarted.*${stuck} is sealed.*vfed unseal`)),
      );
      await operated.unseal(operated.shares);
      await operated.servers.waitUntilHealthy();
    });
  });

  /** Writes one key after the other to whoever leads; answers those that were acknowledged. */
  async function writeUntil(signal: AbortSignal): Promise<string[]> {
    const acknowledged: string[] = [];
    for (let index = 0; !signal.aborted; index += 1) {
      const key = `key-${index}`;
      const leader = operated.servers.client(`vault-${index % 3}`).withToken(operated.rootToken);
      await leader.send("PUT", `kv/${key}`, { value: key }).then(
        () => acknowledged.push(key),
        () => undefined,
      );
    }
    return acknowledged;
  }
});

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof VaultError)) {
    throw error;
  }
}
