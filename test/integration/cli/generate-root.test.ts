import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import { generateRoot, giveUpRootToken } from "../../../cli/commands/generate-root.ts";
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

describe("the command that makes a root token on real servers", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vfed-generate-root-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs the command with shares that are typed in; something may happen while it asks for one of them. */
  async function generate(
    options: Parameters<typeof generateRoot>[1],
    { meanwhile, shares = operated.shares }: Typing = {},
  ): Promise<readonly string[]> {
    const terminal = silentTerminal({ secrets: [...shares, ""] });
    const askSecret = async (question: string): Promise<string> => {
      await meanwhile?.();
      return terminal.askSecret(question);
    };
    const region = {
      stack: "hub",
      servers: { all: operated.servers.clients },
      keyShares: () => assert.fail("encrypted shares were asked for"),
    };
    await generateRoot(region, options, { ...terminal, askSecret });
    return terminal.results;
  }

  /** How many tokens Vault knows; the test's own root token among them. */
  async function tokens(): Promise<number> {
    const root = (await requireLeader(operated.servers.clients)).withToken(operated.rootToken);
    const { data } = await root.send<{ data: { keys: string[] } }>("LIST", "auth/token/accessors");
    return data.keys.length;
  }

  async function isUnderWay(): Promise<boolean> {
    return (await rootAttempt(await requireLeader(operated.servers.clients))).started;
  }

  it("puts the token into a new file that only its owner reads, and shows it nowhere else", async () => {
    const out = join(folder, "root-token");
    const results = await generate({ out, json: true });
    assert.deepEqual(results, [JSON.stringify({ stack: "hub", out })]);
    assert.equal((await stat(out)).mode & 0o777, 0o600);
    const token = (await readFile(out, "utf8")).trim();
    await revokeRootToken(await requireLeader(operated.servers.clients), token);
  });

  it("begins nothing, and asks for no share, where the token's file can't be made", async () => {
    const out = join(folder, "missing", "root-token");
    const asked = { meanwhile: () => assert.fail("a share was asked for") };
    await assert.rejects(
      generate({ out }, asked),
      refused(/^no file can be made for the root token \(--out\) \(ENOENT: .*Nothing was begun\.$/),
    );
    assert.equal(await isUnderWay(), false);
  });

  it("overwrites no file", async () => {
    const out = join(folder, "precious");
    await writeFile(out, "content");
    await assert.rejects(generate({ out }), refused(/precious exists, and is not overwritten/));
    assert.equal(await readFile(out, "utf8"), "content");
    assert.equal(await isUnderWay(), false);
  });

  it("leaves no empty file, and nothing under way, where the ceremony comes to no end", async () => {
    const out = join(folder, "root-token");
    await assert.rejects(
      generate({ out }, { shares: operated.shares.slice(0, 1) }),
      refused(/1 of 2 shares have been given, which is too few, and what was begun was given up/),
    );
    assert.equal(existsSync(out), false);
    assert.equal(await isUnderWay(), false);
  });

  it("revokes a token that it can't write, and says so", async () => {
    const before = await tokens();
    const place = join(folder, "unplugged");
    await mkdir(place);
    const meanwhile = (): Promise<void> => rm(place, { recursive: true, force: true });
    await assert.rejects(
      generate({ out: join(place, "root-token") }, { meanwhile }),
      refused(/^the root token was made, but could not be written \(ENOENT: .*, and was revoked at once\./),
    );
    assert.equal(await tokens(), before);
    assert.equal(existsSync(place), false);
  });

  it("begins nothing where the one-time password's file can't be made", async () => {
    const otpFile = join(folder, "missing", "otp");
    await assert.rejects(
      generate({ otpFile }),
      refused(/^no file can be made for the one-time password \(--otp-file\)/),
    );
    assert.equal(await isUnderWay(), false);
  });

  it("leaves no one-time password's file where another ceremony is under way", async () => {
    const leader = await requireLeader(operated.servers.clients);
    await startRootAttempt(leader);
    const otpFile = join(folder, "otp");
    await assert.rejects(generate({ otpFile }), refused(/a root token is being made already/));
    assert.equal(existsSync(otpFile), false);
    await cancelRootAttempt(leader);
  });

  it("can decode a token again that it could not write", async () => {
    const otpFile = join(folder, "otp");
    await assert.rejects(
      generate({ otpFile }, { shares: operated.shares.slice(0, 1) }),
      refused(/1 of 2 shares have been given/),
    );
    assert.equal((await stat(otpFile)).mode & 0o777, 0o600);
    const encoded = await generate({ contribute: true }, { shares: operated.shares.slice(1) });
    const place = join(folder, "unplugged");
    await mkdir(place);
    const meanwhile = (): Promise<void> => rm(place, { recursive: true, force: true });
    await assert.rejects(
      generate({ decode: true, otpFile, out: join(place, "root-token") }, { meanwhile, shares: encoded }),
      refused(/could not be written \(ENOENT: .*It is valid, and can still be read/),
    );
    const out = join(folder, "root-token");
    await generate({ decode: true, otpFile, out }, { shares: encoded });
    assert.equal(existsSync(otpFile), false);
    const token = (await readFile(out, "utf8")).trim();
    await revokeRootToken(await requireLeader(operated.servers.clients), token);
  });
});

/** What is typed in, and what happens meanwhile. */
interface Typing {
  readonly meanwhile?: () => Promise<void>;
  readonly shares?: readonly string[];
}

function isForbidden(error: unknown): boolean {
  return error instanceof VaultError && error.status === 403;
}
