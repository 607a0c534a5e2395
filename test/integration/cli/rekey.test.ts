import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { generateKey } from "openpgp";

import { giveUpRekey } from "../../../cli/commands/rekey.ts";
import { cancelRekey, rekey, type RekeyArgs } from "../../../cli/servers/rekey.ts";
import { requireLeader } from "../../../cli/servers/settle.ts";
import { readOperators } from "../../../cli/shares/operator-key.ts";
import { decryptShares } from "../../../cli/shares/private-key.ts";
import { SharePool } from "../../../cli/shares/share-pool.ts";
import { readBackup, rekeyPaths } from "../../../components/vault/api/rekey.ts";
import type { EncryptedShare } from "../../../components/vault/bootstrap/journal.ts";
import { OperatedVault, refused, wrongShares } from "../../support/operated-vault.ts";
import { silentTerminal } from "../../support/terminal.ts";

const operated = new OperatedVault();

before(() => operated.start());
after(() => operated.close());

describe("a re-key of real servers", () => {
  const names = ["alice", "bob", "carol"];

  before(async () => {
    for (const name of names) {
      const { publicKey, privateKey } = await generateKey({
        userIDs: [{ name }],
        passphrase: `pass of ${name}`,
      });
      await writeFile(join(operated.servers.folder, `${name}.asc`), publicKey);
      await writeFile(join(operated.servers.folder, `${name}.key`), privateKey);
    }
  });

  async function rekeyArgs(changes: Partial<RekeyArgs>): Promise<RekeyArgs> {
    return {
      servers: operated.servers.clients,
      operators: await readOperators(names.map((name) => join(operated.servers.folder, `${name}.asc`))),
      threshold: 2,
      shares: SharePool.of(operated.shares),
      keep: () => assert.fail("shares were kept"),
      report: () => undefined,
      timeoutMilliseconds: 60_000,
      ...changes,
    };
  }

  it("is refused while a server is sealed, as that one could never be unsealed again", async () => {
    await operated.servers.restartServer("vault-2");
    await assert.rejects(rekey(await rekeyArgs({})), refused(/the key is not changed.*vault-2 is sealed/));
    await operated.unseal(operated.shares);
    await operated.servers.waitUntilHealthy();
  });

  it("changes nothing, and leaves nothing under way, with shares that don't fit", async () => {
    await assert.rejects(
      rekey(await rekeyArgs({ shares: SharePool.of(wrongShares) })),
      refused(/The key is unchanged/),
    );
    assert.equal(await cancelRekey(operated.servers.clients), false);
  });

  it("refuses to go on with another re-key that is under way", async () => {
    const begun = await rekey(await rekeyArgs({ shares: SharePool.of(operated.shares.slice(0, 1)) }));
    assert.deepEqual(begun, { complete: false, progress: 1, required: 2 });
    await assert.rejects(
      rekey(await rekeyArgs({ threshold: 3 })),
      refused(/another re-key is under way, for 3 shares with a threshold of 2/),
    );
    const terminal = silentTerminal({});
    await giveUpRekey("hub", operated.servers.clients, { json: true }, terminal);
    await giveUpRekey("hub", operated.servers.clients, { json: true }, terminal);
    await giveUpRekey("hub", operated.servers.clients, {}, terminal);
    assert.deepEqual(terminal.results, [
      '{"stack":"hub","cancelled":true}',
      '{"stack":"hub","cancelled":false}',
    ]);
  });

  it("gives each operator a share that only they can decrypt, and these alone unseal from then on", async () => {
    const kept: EncryptedShare[] = [];
    await rekey(await rekeyArgs({ shares: SharePool.of(operated.shares.slice(0, 1)) }));
    const outcome = await rekey(
      await rekeyArgs({
        shares: SharePool.of(operated.shares.slice(1, 2)),
        token: operated.rootToken,
        keep: (fresh) => {
          kept.push(...fresh);
          return Promise.resolve();
        },
      }),
    );
    assert.deepEqual(outcome, { complete: true, shares: kept });
    assert.equal(kept.length, 3);
    const leader = (await requireLeader(operated.servers.clients)).withToken(operated.rootToken);
    assert.equal(await readBackup(leader, await rekeyPaths(leader)), undefined);

    const decrypted = (
      await Promise.all(
        ["alice", "bob"].map((name) =>
          decryptShares(
            join(operated.servers.folder, `${name}.key`),
            kept,
            silentTerminal({ secrets: [`pass of ${name}`] }),
          ),
        ),
      )
    ).flat();
    await operated.servers.restartAll();
    await assert.rejects(operated.unseal(operated.shares), refused(/the shares don't fit/));
    await operated.unseal(decrypted);
    operated.shares = decrypted;
    await operated.servers.waitUntilHealthy();
  });
});
