import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { compare } from "../../../cli/links/divergence.ts";
import { peersIn } from "../../../cli/links/region-links.ts";
import { revokeLogin } from "../../../cli/links/revoke-login.ts";
import { revokePeer } from "../../../cli/links/revoke.ts";
import { loginLife, tokenLife } from "../../../cli/links/token-life.ts";
import { admitted } from "../../../cli/links/visit.ts";
import { VaultError, type VaultClient } from "../../../components/vault/api/vault-client.ts";
import { configure, createToken, podToken } from "../../support/program-vault.ts";
import { peerOutputs, recordRegion, stackName } from "../../support/regions.ts";
import { signToken } from "../../support/service-accounts.ts";
import { until, VaultServers } from "../../support/vault-servers.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = "https://issuer.example.test";
const signer = { issuer, keys: [publicKey.export({ type: "spki", format: "pem" }).toString()] };
const edge = { [stackName("edge")]: peerOutputs("hub", { serviceAccountIssuer: signer }) };

const byToken = await recordRegion("hub", false, { peers: { edge: {} } }, edge);
const byJwt = await recordRegion("hub", false, { peers: { edge: {} }, link: { auth: "jwt" } }, edge);

/** What a refresh makes again after a peer was revoked. */
const roleOfTokens = {
  ...byToken,
  registrations: byToken.registrations.filter(({ type }) => type.startsWith("vault:tokenauth/")),
};

let vault: VaultServers;
let started = false;
let root: VaultClient;
let anybody: VaultClient;

before(async () => {
  vault = await VaultServers.start();
  started = true;
  const { root_token: token } = await vault.initialise(1, 1);
  anybody = vault.client("vault-0");
  root = anybody.withToken(token);
  await configure(root, byToken);
});
after(async () => {
  if (started) {
    await vault.close();
  }
});

describe("the life of a peer's token, at a real Vault,", () => {
  it("has an age and an end", async () => {
    const token = await createToken(root, "auth/token/create/peer-edge");
    const life = await tokenLife(anybody, token, Date.now() + 60_000);
    assert.ok(life.state === "valid");
    assert.ok(life.ageSeconds >= 59);
    assert.ok(life.remainingSeconds > 767 * 3_600 && life.remainingSeconds <= 768 * 3_600);
  });

  it("is that of a token which outlives the one that made it, and can't be renewed", async () => {
    const maker = await podToken(root, byToken, "links");
    const token = await createToken(anybody.withToken(maker), "auth/token/create/peer-edge");
    await root.send("POST", "auth/token/revoke", { token: maker });
    assert.equal((await tokenLife(anybody, token, Date.now())).state, "valid");
    const { data } = await anybody
      .withToken(token)
      .send<{ data: { renewable: boolean; policies: string[] } }>("GET", "auth/token/lookup-self");
    assert.deepEqual([data.renewable, data.policies], [false, ["peer-edge"]]);
  });

  it("is over after its end, and is not longer because more is asked for", async () => {
    await root.send("POST", "auth/token/roles/peer-short", { orphan: true, token_explicit_max_ttl: "1s" });
    const token = await createToken(root, "auth/token/create/peer-short", {
      policies: ["peer-edge"],
      ttl: "9h",
    });
    await until(async () => (await tokenLife(anybody, token, Date.now())).state === "refused");
  });

  it("is absent without a token, and unknown where Vault can't be asked", async () => {
    assert.deepEqual(await tokenLife(anybody, undefined, Date.now()), { state: "absent" });
    await vault.stopServer("vault-2");
    const life = await tokenLife(vault.client("vault-2"), "a token", Date.now());
    assert.equal(life.state, "unknown");
  });
});

describe("two Vaults that are compared", () => {
  it("are equal by value and not by version, different if one has other or nothing, and unknown if it may not be read", async () => {
    const key = randomBytes(32);
    for (const [path, data] of [
      ["one", { a: "1", b: "2" }],
      ["one", { b: "2", a: "1" }],
      ["two", { a: "1", b: "3" }],
    ] as const) {
      await root.send("POST", `secret/data/${path}`, { data });
    }
    const one = await compare("one", root, root, key);
    assert.deepEqual([one.verdict, one.here.version], ["equal", 2]);
    assert.equal(JSON.stringify(one).includes('"1"'), false);
    assert.notEqual(one.here.hash, (await compare("two", root, root, key)).here.hash);
    assert.notEqual(one.here.hash, (await compare("one", root, root, randomBytes(32))).here.hash);
    assert.deepEqual(await compare("three", root, root, key), {
      path: "three",
      here: {},
      there: {},
      verdict: "equal",
    });
    assert.equal((await compare("one", root, anybody, key)).verdict, "unknown");
  });
});

describe("revoking a peer", () => {
  it("ends every token of the peer, refuses to make another, and leaves other peers alone", async () => {
    await root.send("POST", "auth/token/roles/peer-other", { allowed_policies: "peer-edge", orphan: true });
    const tokens = [
      await createToken(root, "auth/token/create/peer-edge"),
      await createToken(root, "auth/token/create/peer-edge"),
    ];
    const others = await createToken(root, "auth/token/create/peer-other");
    const operator = anybody.withToken(await podToken(root, byToken, "link-operator"));

    let forgotten = 0;
    const forgetToken = (): Promise<void> => {
      forgotten += 1;
      return Promise.resolve();
    };
    const revoked = await revokePeer({
      operator,
      vault: anybody,
      peer: "edge",
      token: tokens[0],
      forgetToken,
    });
    assert.deepEqual(revoked, {
      proved: true,
      line: "edge is cut off: a token that worked before is refused now",
    });
    assert.equal(forgotten, 1);
    for (const token of tokens) {
      assert.deepEqual(await tokenLife(anybody, token, Date.now()), { state: "refused" });
    }
    assert.equal((await tokenLife(anybody, others, Date.now())).state, "valid");
    const maker = anybody.withToken(await podToken(root, byToken, "links"));
    await assert.rejects(createToken(maker, "auth/token/create/peer-edge"), VaultError);
  });

  for (const [title, tried, reason] of [
    [
      "a token that was no good before",
      "hvs.none",
      /not proved: the one that was tried was refused before too/,
    ],
    ["no token", undefined, /not proved: none is at hand to try/],
  ] as const) {
    it(`ends every token that Vault knows of, but does not claim to have proved it with ${title}`, async () => {
      await configure(root, roleOfTokens);
      const token = await createToken(root, "auth/token/create/peer-edge");
      const operator = anybody.withToken(await podToken(root, byToken, "link-operator"));
      const { proved, line } = await revokePeer({
        operator,
        vault: anybody,
        peer: "edge",
        token: tried,
        forgetToken: () => Promise.resolve(),
      });
      assert.equal(proved, false);
      assert.match(line, reason);
      assert.deepEqual(await tokenLife(anybody, token, Date.now()), { state: "refused" });
    });
  }
});

describe("a login by JWT", () => {
  const subject = "system:serviceaccount:external-secrets:external-secrets";
  const claims = { iss: issuer, sub: subject, aud: ["vault-hub"] };

  function jwt(changes: object, key: KeyObject = privateKey): string {
    return signToken({ ...claims, ...changes }, key);
  }

  before(async () => {
    await configure(root, {
      ...byJwt,
      registrations: byJwt.registrations.filter(({ type }) => type.startsWith("vault:jwt/")),
    });
    const { inputs } = byJwt.one("vault:index/policy:Policy", "federation-edge-grant-policy");
    await root.send("PUT", "sys/policies/acl/peer-edge", { policy: inputs.policy });
  });

  function login(token: string): Promise<{ auth: { client_token: string; lease_duration: number } }> {
    return anybody.send("POST", "auth/jwt-edge/login", { role: "peer-edge", jwt: token });
  }

  it("lets the peer's External Secrets in for ten minutes, with the peer's own policy alone", async () => {
    const { auth } = await login(jwt({}));
    assert.equal(auth.lease_duration, 600);
    const peer = anybody.withToken(auth.client_token);
    await peer.send("POST", "secret/data/peer-tokens/edge", { data: { token: "x" } });
    await assert.rejects(peer.send("GET", "secret/data/one"), { status: 403 });
    await assert.rejects(peer.send("GET", "cubbyhole/x"), { status: 403 });
    await peer.send("POST", "auth/token/revoke-self");
  });

  const strangers = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  for (const [title, token] of [
    ["of another service account", () => jwt({ sub: "system:serviceaccount:default:default" })],
    ["that is meant for another region", () => jwt({ aud: ["vault-edge"] })],
    ["that is meant for the Kubernetes API", () => jwt({ aud: [issuer] })],
    ["of another cluster", () => jwt({ iss: "https://other.example.test" })],
    ["that nobody pinned has signed", () => jwt({}, strangers)],
    ["that has expired", () => jwt({ iat: 1, nbf: 1, exp: 600 })],
  ] as const) {
    it(`refuses a token ${title}`, async () => {
      await assert.rejects(login(token()), (error: unknown) => {
        assert.ok(error instanceof VaultError);
        assert.ok(error.status === 400 || error.status === 403);
        return true;
      });
    });
  }

  it("is what a region visits such a peer with, by a token of its service account for this peer, and ends with the visit", async () => {
    const [hub] = peersIn({ peerLink_hub: { address: "https://vault", login: { auth: "jwt" } } });
    assert.ok(hub?.remote !== undefined);
    const asked: string[] = [];
    const cluster = {
      secretValue: () => assert.fail("a token was looked for"),
      serviceAccountToken: (...args: string[]) => {
        asked.push(...args);
        return Promise.resolve(jwt({}));
      },
    };
    const client = await admitted({ region: "edge", cluster }, hub, hub.remote, anybody, async (guest) => {
      assert.ok(guest !== undefined);
      const life = await loginLife(guest, Date.now());
      assert.ok(life.state === "valid" && life.remainingSeconds <= 600);
      return guest;
    });
    assert.deepEqual(asked, ["external-secrets", "vault-hub"]);
    assert.deepEqual(await loginLife(client, Date.now()), { state: "refused" });
  });

  it("is refused at once where the peer is revoked, which ends what it has from logins before, and is proved", async () => {
    const { auth } = await login(jwt({}));
    const operator = anybody.withToken(await podToken(root, byJwt, "link-operator"));
    assert.deepEqual(await revokeLogin(operator, anybody, "edge"), {
      proved: true,
      line: "edge is cut off: Vault has no role any more that it could log in with",
    });
    assert.deepEqual(await tokenLife(anybody, auth.client_token, Date.now()), { state: "refused" });
    await assert.rejects(login(jwt({})), { status: 400 });
    const again = await revokeLogin(operator, anybody, "edge");
    assert.equal(again.proved, false);
    assert.match(again.line, /not proved: it had no role before either/);
  });
});
