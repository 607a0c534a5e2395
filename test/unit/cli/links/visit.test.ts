import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";

import { remoteClient } from "../../../../cli/links/login.ts";
import { peersIn, type LinkedPeer } from "../../../../cli/links/region-links.ts";
import { lookAround, type PushStatus } from "../../../../cli/links/status.ts";
import { visitPeer, type Visitor } from "../../../../cli/links/visit.ts";
import type { RemoteLogin, RemoteVault } from "../../../../config/contract.ts";
import { certifyKey } from "../../../../sandbox/test/support/certificates.ts";

const { certificate, key } = certifyKey({ commonName: "vault", names: ["IP:127.0.0.1"] });
const created = 1_700_000_000;
const pushes: readonly PushStatus[] = [{ name: "secret-sources/a", paths: ["a"], failure: "" }];

/** What the peer's Vault says by path; a number is the status of a refusal. */
const usual: Readonly<Record<string, object | number>> = {
  "auth/jwt-hub/login": { auth: { client_token: "guest" } },
  "auth/token/lookup-self": { data: { creation_time: created, ttl: 600 } },
  "auth/token/revoke-self": {},
  "secret/data/a": { data: { data: { key: "value" }, metadata: { version: 1 } } },
};

let answers = usual;
/** What the peer's Vault was asked, as `path by token`. */
let asked: string[] = [];
const server = createServer({ cert: certificate, key }, ({ url = "", headers }, response) => {
  const path = url.replace("/v1/", "");
  asked.push(`${path} by ${String(headers["x-vault-token"] ?? "nobody")}`);
  const answer = answers[path] ?? 404;
  response.writeHead(typeof answer === "number" ? answer : 200).end(JSON.stringify(answer));
});

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(async () => {
  server.closeAllConnections();
  await once(server.close(), "close");
});
beforeEach(() => {
  answers = usual;
  asked = [];
});

/** The hub, with a token that leads to the edge or none. */
const hub = (token?: string): Visitor => ({
  region: "hub",
  cluster: {
    secretValue: () => Promise.resolve(token),
    serviceAccountToken: (...names) => Promise.resolve(names.join(" for ")),
  },
});

/** The edge, as the hub knows it. */
function edge(login: RemoteLogin): LinkedPeer & { readonly remote: RemoteVault } {
  const { port } = server.address() as AddressInfo;
  const remote = { address: `https://127.0.0.1:${port}`, caBundle: certificate, login };
  const [linked] = peersIn({ peerLink_edge: remote });
  assert.ok(linked !== undefined);
  return { ...linked, remote };
}
const byJwt = { auth: "jwt" } as const;
const byToken = { auth: "token", token: "first", issuedAt: "2026-11-01T12:00:00Z" } as const;

/** What `vfed link status` finds out at the edge. */
async function around(login: RemoteLogin, token?: string): ReturnType<typeof lookAround> {
  const linked = edge(login);
  const vault = remoteClient("hub", linked.remote).withToken("own");
  try {
    return await lookAround({ ...hub(token), vault }, linked, linked.remote, pushes, (created + 5) * 1_000);
  } finally {
    vault.close();
  }
}

describe("a visit to a peer", () => {
  it("by JWT is one by a login that ends with it, also if the work fails", async () => {
    for (const path of ["secret/data/a", "secret/data/none"]) {
      asked = [];
      const visit = visitPeer(hub(), edge(byJwt), (there) => there.send("GET", path));
      await (path.endsWith("none") ? assert.rejects(visit, { status: 404 }) : visit);
      assert.deepEqual(asked, [
        "auth/jwt-hub/login by nobody",
        `${path} by guest`,
        "auth/token/revoke-self by guest",
      ]);
    }
  });

  it("by token leaves the token alone: External Secrets has it, too", async () => {
    await visitPeer(hub("rotated"), edge(byToken), (there) => there.send("GET", "secret/data/a"));
    assert.deepEqual(asked, ["secret/data/a by rotated"]);
  });

  it("is none where there is no token yet", async () => {
    await assert.rejects(
      visitPeer(hub(), edge(byToken), () => assert.fail("there was a visit")),
      /there is no token that leads to edge; look at `vfed link status`/,
    );
    assert.deepEqual(asked, []);
  });
});

describe("a look at a link", () => {
  const seen = {
    outgoing: { state: "valid", ageSeconds: 5, remainingSeconds: 600 },
    verdicts: ["equal"],
  };
  const summary = ({ outgoing, secrets }: Awaited<ReturnType<typeof lookAround>>) => ({
    outgoing,
    verdicts: secrets.map(({ verdict }) => verdict),
  });

  it("by JWT leaves no token behind at the peer", async () => {
    assert.deepEqual(summary(await around(byJwt)), seen);
    assert.equal(asked.at(-1), "auth/token/revoke-self by guest");
    assert.equal(asked.filter((request) => request.includes("login")).length, 1);
  });

  it("hides nothing of what it saw where its login can't be ended", async () => {
    answers = { ...usual, "auth/token/revoke-self": 503 };
    assert.deepEqual(summary(await around(byJwt)), seen);
  });

  it("says that a login is refused, and compares nothing then", async () => {
    answers = { ...usual, "auth/jwt-hub/login": 400 };
    assert.deepEqual(await around(byJwt), { outgoing: { state: "refused" }, secrets: [] });
    assert.deepEqual(asked, ["auth/jwt-hub/login by nobody"]);
  });

  it("by token ends no token, and says where there is none", async () => {
    assert.deepEqual(summary(await around(byToken, "rotated")), seen);
    assert.equal(
      asked.some((request) => request.includes("revoke-self")),
      false,
    );
    assert.deepEqual(await around(byToken), { outgoing: { state: "absent" }, secrets: [] });
  });
});
