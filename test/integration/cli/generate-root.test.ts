import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { giveUpRootToken } from "../../../cli/commands/generate-root.ts";
import {
  cancelRootAttempt,
  contribute,
  decodeToken,
  revokeRootToken,
  rootAttempt,
  startRootAttempt,
} from "../../../cli/servers/root-token.ts";
import { requireLeader } from "../../../cli/servers/settle.ts";
import { SharePool } from "../../../cli/shares/share-pool.ts";
import { VaultError } from "../../../components/vault/api/vault-client.ts";
import { OperatedVault, refused, wrongShares } from "../../support/operated-vault.ts";
import { silentTerminal } from "../../support/terminal.ts";

const operated = new OperatedVault();

before(() => operated.start());
after(() => operated.close());

describe("making a root token on real servers", () => {
  it("gives a token that may do everything, until it is revoked", async () => {
    const leader = await requireLeader(operated.servers.clients);
    const { nonce, oneTimePassword } = await startRootAttempt(leader);
    const attempt = await contribute(leader, SharePool.of(operated.shares), nonce);
    assert.equal(attempt.complete, true);
    const token = decodeToken(attempt.encoded_token, oneTimePassword);
    await leader.withToken(token).send("GET", "sys/audit");
    await revokeRootToken(leader, token);
    await assert.rejects(leader.withToken(token).send("GET", "sys/audit"), isForbidden);
    await assert.rejects(revokeRootToken(leader, token), refused(/Vault does not know that token/));
  });

  it("goes on with shares that operators give one after the other", async () => {
    const leader = await requireLeader(operated.servers.clients);
    const { nonce, oneTimePassword } = await startRootAttempt(leader);
    const first = await contribute(leader, SharePool.of(operated.shares.slice(0, 1)), nonce);
    assert.deepEqual([first.complete, first.progress, first.required], [false, 1, 2]);
    await assert.rejects(startRootAttempt(leader), refused(/1 of 2 shares have been given/));
    const last = await contribute(leader, SharePool.of(operated.shares.slice(0, 2)));
    await revokeRootToken(leader, decodeToken(last.encoded_token, oneTimePassword));
  });

  it("refuses shares that don't fit, and a cancelled ceremony", async () => {
    const leader = await requireLeader(operated.servers.clients);
    const { nonce } = await startRootAttempt(leader);
    await assert.rejects(
      contribute(leader, SharePool.of(wrongShares), nonce),
      refused(/the shares don't fit/),
    );
    await cancelRootAttempt(leader);
    assert.equal((await rootAttempt(leader)).started, false);
    await assert.rejects(
      contribute(leader, SharePool.of(operated.shares), nonce),
      refused(/no longer under way/),
    );
  });

  it("is given up with one word for a script, whether there was anything to give up", async () => {
    const leader = await requireLeader(operated.servers.clients);
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
    const leader = await requireLeader(operated.servers.clients);
    const root = leader.withToken(operated.rootToken);
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

function isForbidden(error: unknown): boolean {
  return error instanceof VaultError && error.status === 403;
}
