import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { generateKey } from "openpgp";

import { giveUpRootToken } from "../../../cli/commands/generate-root.ts";
import { giveUpRekey } from "../../../cli/commands/rekey.ts";
import { Failure } from "../../../cli/failure.ts";
import { askAutopilot } from "../../../cli/servers/autopilot.ts";
import { cancelRekey, rekey, type RekeyArgs } from "../../../cli/servers/rekey.ts";
import { rollServers, type RollArgs } from "../../../cli/servers/roll.ts";
import {
  cancelRootAttempt,
  contribute,
  decodeToken,
  revokeRootToken,
  rootAttempt,
  startRootAttempt,
} from "../../../cli/servers/root-token.ts";
import { leaderOf, observeAll } from "../../../cli/servers/server-state.ts";
import { requireLeader } from "../../../cli/servers/settle.ts";
import { unsealServers, type UnsealOutcome } from "../../../cli/servers/unseal.ts";
import { readOperators } from "../../../cli/shares/operator-key.ts";
import { decryptShares } from "../../../cli/shares/private-key.ts";
import { SharePool } from "../../../cli/shares/share-pool.ts";
import { readBackup, rekeyPaths } from "../../../components/vault/api/rekey.ts";
import { sealStatus, unseal } from "../../../components/vault/api/seal.ts";
import { VaultError } from "../../../components/vault/api/vault-client.ts";
import type { EncryptedShare } from "../../../components/vault/bootstrap/journal.ts";
import { enabledAuditDevices } from "../../../cli/status/status.ts";
import { VaultServers } from "../../support/vault-servers.ts";
import { silentTerminal } from "../../support/terminal.ts";

const wrongShares = ["11".repeat(33), "22".repeat(33), "33".repeat(33)] as const;

let vault: VaultServers;
let started = false;
/** Shares of the present key, of which two unseal. */
let shares: readonly string[];
let rootToken: string;

before(async () => {
  vault = await VaultServers.start();
  started = true;
  const keys = await vault.initialise(3, 2);
  shares = keys.keys_base64;
  rootToken = keys.root_token;
});

after(async () => {
  if (started) {
    await vault.close();
  }
});

function unsealAll(given: readonly string[]): Promise<UnsealOutcome[]> {
  return unsealServers({
    servers: vault.clients,
    shares: SharePool.of(given),
    report: () => undefined,
    deadline: Date.now() + 60_000,
  });
}

function refused(reason: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.exitCode, 1);
    assert.match(error.message, reason);
    return true;
  };
}

function progresses(): Promise<number[]> {
  return Promise.all(vault.clients.map(async (server) => (await sealStatus(server)).progress));
}

describe("unsealing three real servers", () => {
  it("asks for no share where nothing is sealed", async () => {
    const asked = new SharePool(() => assert.fail("a share was asked for"));
    const outcomes = await unsealServers({
      servers: vault.clients,
      shares: asked,
      report: () => undefined,
      deadline: Date.now() + 60_000,
    });
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ["was-unsealed", "was-unsealed", "was-unsealed"],
    );
  });

  it("names shares that don't fit, and leaves the servers without progress", async () => {
    await vault.restartAll();
    await assert.rejects(
      unsealAll(wrongShares),
      refused(/the shares don't fit vault-0's key.*It has forgotten them/s),
    );
    assert.deepEqual(await progresses(), [0, 0, 0]);
    await assert.rejects(unsealAll(wrongShares), (error: Error) => !error.message.includes("11".repeat(33)));
  });

  it("keeps one operator's share until another operator gives theirs", async () => {
    const first = await unsealAll(shares.slice(0, 1));
    assert.deepEqual(
      first.map(({ outcome, progress, threshold }) => [outcome, progress, threshold]),
      Array(3).fill(["incomplete", 1, 2]),
    );
    assert.deepEqual(await progresses(), [1, 1, 1]);

    const second = await unsealAll(shares.slice(1, 2));
    assert.deepEqual(
      second.map(({ outcome }) => outcome),
      ["unsealed", "unsealed", "unsealed"],
    );
    const states = await observeAll(vault.clients);
    assert.notEqual(leaderOf(states), undefined);
  });

  it("starts over without a wrong share that somebody has left behind", async () => {
    await vault.restartAll();
    await unseal(vault.client("vault-0"), wrongShares[0]);
    const outcomes = await unsealAll(shares.slice(0, 2));
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ["unsealed", "unsealed", "unsealed"],
    );
  });

  it("unseals a server that lost its volume after the others, and it joins again", async () => {
    await vault.waitUntilHealthy();
    await vault.restartAll();
    await vault.stopServer("vault-0");
    await vault.eraseServer("vault-0");
    await vault.startServer("vault-0");
    const order: string[] = [];
    await unsealServers({
      servers: vault.clients,
      shares: SharePool.of(shares.slice(0, 2)),
      report: (line) => order.push(line.slice(0, 7)),
      deadline: Date.now() + 60_000,
    });
    assert.deepEqual(order.slice(0, 3), ["vault-1", "vault-2", "vault-0"]);
    assert.equal((await sealStatus(vault.client("vault-0"))).sealed, false);
    await vault.waitUntilHealthy();
  });
});

describe("the audit devices of real servers", () => {
  it("are found by path, type and target", async () => {
    const leader = (await requireLeader(vault.clients)).withToken(rootToken);
    assert.deepEqual(await enabledAuditDevices(leader), []);
    await leader.send("PUT", "sys/audit/stdout", { type: "file", options: { file_path: "stdout" } });
    assert.deepEqual(await enabledAuditDevices(leader), [{ path: "stdout", type: "file", target: "stdout" }]);
    await leader.send("DELETE", "sys/audit/stdout");
  });
});

describe("autopilot of real servers", () => {
  it("says the same by its state, with a token, and by its metrics, without one or with a token of somebody else", async () => {
    await vault.waitUntilHealthy();
    const leader = await requireLeader(vault.clients);
    const expected = { verdict: "healthy", failureTolerance: 1, reason: "" };
    assert.deepEqual(await askAutopilot(leader, 3, rootToken), expected);
    assert.deepEqual(await askAutopilot(leader, 3), expected);
    assert.deepEqual(await askAutopilot(leader, 3, "hvs.unknown"), expected);
  });

  it("does not say it without a token where the load balancer leads", async () => {
    const leader = await requireLeader(vault.clients);
    await assert.rejects(leader.readText("sys/metrics?format=prometheus"), { status: 403 });
  });
});

describe("rolling three real servers", () => {
  function rollArgs(changes: Partial<RollArgs>): RollArgs {
    return {
      servers: vault.clients,
      host: {
        outdated: () => Promise.resolve(["vault-0", "vault-1", "vault-2"]),
        restart: async (name) => {
          await vault.stopServer(name);
          await vault.startServer(name);
        },
      },
      shares: SharePool.of(shares),
      all: false,
      othersUnseal: false,
      report: () => undefined,
      timeoutMilliseconds: 60_000,
      ...changes,
    };
  }
  const forbidden = {
    outdated: () => Promise.resolve(["vault-1"]),
    restart: () => assert.fail("a server was restarted"),
  };

  it("restarts nothing where every server runs as it should", async () => {
    const host = { ...forbidden, outdated: () => Promise.resolve([]) };
    assert.deepEqual(await rollServers(rollArgs({ host })), []);
  });

  it("restarts nothing with fewer shares than it takes to unseal a server", async () => {
    await assert.rejects(
      rollServers(rollArgs({ host: forbidden, shares: SharePool.of(shares.slice(0, 1)) })),
      refused(/no server is restarted: 2 shares are needed to unseal it again, and there are 1/),
    );
  });

  it("restarts standbys first and the leader last, and every acknowledged write is kept", async () => {
    await vault.waitUntilHealthy();
    await vault
      .client("vault-0")
      .withToken(rootToken)
      .send("POST", "sys/mounts/kv", { type: "kv" })
      .catch(ignoreRefusal);
    const leader = (await requireLeader(vault.clients)).name;
    const stop = new AbortController();
    const writer = writeUntil(stop.signal);
    const restarted = await rollServers(rollArgs({}));
    stop.abort();
    const acknowledged = await writer;

    assert.equal(restarted.length, 3);
    assert.equal(restarted.at(-1), leader);
    const reader = (await requireLeader(vault.clients)).withToken(rootToken);
    const { data } = await reader.send<{ data: { keys: string[] } }>("LIST", "kv");
    assert.ok(acknowledged.length > 0);
    assert.deepEqual(
      acknowledged.filter((key) => !data.keys.includes(key)),
      [],
    );
  });

  it("refuses to begin while a server is sealed", async () => {
    await vault.stopServer("vault-1");
    await vault.startServer("vault-1");
    await assert.rejects(
      rollServers(rollArgs({ host: forbidden })),
      refused(/no server is restarted.*vault-1 is sealed/),
    );
    await unsealAll(shares);
    await vault.waitUntilHealthy();
  });

  /** Writes one key after the other to whoever leads; answers those that were acknowledged. */
  async function writeUntil(signal: AbortSignal): Promise<string[]> {
    const acknowledged: string[] = [];
    for (let index = 0; !signal.aborted; index += 1) {
      const key = `key-${index}`;
      const leader = vault.client(`vault-${index % 3}`).withToken(rootToken);
      await leader.send("PUT", `kv/${key}`, { value: key }).then(
        () => acknowledged.push(key),
        () => undefined,
      );
    }
    return acknowledged;
  }
});

describe("making a root token on real servers", () => {
  it("gives a token that may do everything, until it is revoked", async () => {
    const leader = await requireLeader(vault.clients);
    const { nonce, oneTimePassword } = await startRootAttempt(leader);
    const attempt = await contribute(leader, SharePool.of(shares), nonce);
    assert.equal(attempt.complete, true);
    const token = decodeToken(attempt.encoded_token, oneTimePassword);
    await leader.withToken(token).send("GET", "sys/audit");
    await revokeRootToken(leader, token);
    await assert.rejects(leader.withToken(token).send("GET", "sys/audit"), isForbidden);
    await assert.rejects(revokeRootToken(leader, token), refused(/Vault does not know that token/));
  });

  it("goes on with shares that operators give one after the other", async () => {
    const leader = await requireLeader(vault.clients);
    const { nonce, oneTimePassword } = await startRootAttempt(leader);
    const first = await contribute(leader, SharePool.of(shares.slice(0, 1)), nonce);
    assert.deepEqual([first.complete, first.progress, first.required], [false, 1, 2]);
    await assert.rejects(startRootAttempt(leader), refused(/1 of 2 shares have been given/));
    const last = await contribute(leader, SharePool.of(shares.slice(0, 2)));
    await revokeRootToken(leader, decodeToken(last.encoded_token, oneTimePassword));
  });

  it("refuses shares that don't fit, and a cancelled ceremony", async () => {
    const leader = await requireLeader(vault.clients);
    const { nonce } = await startRootAttempt(leader);
    await assert.rejects(
      contribute(leader, SharePool.of(wrongShares), nonce),
      refused(/the shares don't fit/),
    );
    await cancelRootAttempt(leader);
    assert.equal((await rootAttempt(leader)).started, false);
    await assert.rejects(contribute(leader, SharePool.of(shares), nonce), refused(/no longer under way/));
  });

  it("is given up with one word for a script, whether there was anything to give up", async () => {
    const leader = await requireLeader(vault.clients);
    await startRootAttempt(leader);
    const terminal = silentTerminal({});
    await giveUpRootToken("hub", leader, { json: true }, terminal);
    await giveUpRootToken("hub", leader, { json: true }, terminal);
    await giveUpRootToken("hub", leader, {}, terminal);
    assert.deepEqual(terminal.results, [
      '{"stack":"hub","cancelled":true}',
      '{"stack":"hub","cancelled":false}',
    ]);
    assert.equal((await rootAttempt(leader)).started, false);
  });

  it("leaves a token alone that is no root token", async () => {
    const leader = await requireLeader(vault.clients);
    const root = leader.withToken(rootToken);
    const { auth } = await root.send<{ auth: { client_token: string } }>("POST", "auth/token/create", {
      policies: ["default"],
    });
    await assert.rejects(
      revokeRootToken(leader, auth.client_token),
      refused(/no root token, its policies are default/),
    );
    await leader.withToken(auth.client_token).send("GET", "auth/token/lookup-self");
  });
});

describe("a re-key of real servers", () => {
  const names = ["alice", "bob", "carol"];

  before(async () => {
    for (const name of names) {
      const { publicKey, privateKey } = await generateKey({
        userIDs: [{ name }],
        passphrase: `pass of ${name}`,
      });
      await writeFile(join(vault.folder, `${name}.asc`), publicKey);
      await writeFile(join(vault.folder, `${name}.key`), privateKey);
    }
  });

  async function rekeyArgs(changes: Partial<RekeyArgs>): Promise<RekeyArgs> {
    return {
      servers: vault.clients,
      operators: await readOperators(names.map((name) => join(vault.folder, `${name}.asc`))),
      threshold: 2,
      shares: SharePool.of(shares),
      keep: () => assert.fail("shares were kept"),
      report: () => undefined,
      timeoutMilliseconds: 60_000,
      ...changes,
    };
  }

  it("is refused while a server is sealed, as that one could never be unsealed again", async () => {
    await vault.stopServer("vault-2");
    await vault.startServer("vault-2");
    await assert.rejects(rekey(await rekeyArgs({})), refused(/the key is not changed.*vault-2 is sealed/));
    await unsealAll(shares);
    await vault.waitUntilHealthy();
  });

  it("changes nothing, and leaves nothing under way, with shares that don't fit", async () => {
    await assert.rejects(
      rekey(await rekeyArgs({ shares: SharePool.of(wrongShares) })),
      refused(/The key is unchanged/),
    );
    assert.equal(await cancelRekey(vault.clients), false);
  });

  it("refuses to go on with another re-key that is under way", async () => {
    const begun = await rekey(await rekeyArgs({ shares: SharePool.of(shares.slice(0, 1)) }));
    assert.deepEqual(begun, { complete: false, progress: 1, required: 2 });
    await assert.rejects(
      rekey(await rekeyArgs({ threshold: 3 })),
      refused(/another re-key is under way, for 3 shares with a threshold of 2/),
    );
    const terminal = silentTerminal({});
    await giveUpRekey("hub", vault.clients, { json: true }, terminal);
    await giveUpRekey("hub", vault.clients, { json: true }, terminal);
    await giveUpRekey("hub", vault.clients, {}, terminal);
    assert.deepEqual(terminal.results, [
      '{"stack":"hub","cancelled":true}',
      '{"stack":"hub","cancelled":false}',
    ]);
  });

  it("gives each operator a share that only they can decrypt, and these alone unseal from then on", async () => {
    const kept: EncryptedShare[] = [];
    await rekey(await rekeyArgs({ shares: SharePool.of(shares.slice(0, 1)) }));
    const outcome = await rekey(
      await rekeyArgs({
        shares: SharePool.of(shares.slice(1, 2)),
        token: rootToken,
        keep: (fresh) => {
          kept.push(...fresh);
          return Promise.resolve();
        },
      }),
    );
    assert.deepEqual(outcome, { complete: true, shares: kept });
    assert.equal(kept.length, 3);
    const leader = (await requireLeader(vault.clients)).withToken(rootToken);
    assert.equal(await readBackup(leader, await rekeyPaths(leader)), undefined);

    const decrypted = (
      await Promise.all(
        ["alice", "bob"].map((name) =>
          decryptShares(
            join(vault.folder, `${name}.key`),
            kept,
            silentTerminal({ secrets: [`pass of ${name}`] }),
          ),
        ),
      )
    ).flat();
    await vault.restartAll();
    await assert.rejects(unsealAll(shares), refused(/the shares don't fit/));
    await unsealAll(decrypted);
    shares = decrypted;
    await vault.waitUntilHealthy();
  });
});

function isForbidden(error: unknown): boolean {
  return error instanceof VaultError && error.status === 403;
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof VaultError)) {
    throw error;
  }
}
