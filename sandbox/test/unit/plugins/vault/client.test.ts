import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isGone, VaultFailure } from "../../../../plugins/vault/api/failure.ts";
import { VaultClient } from "../../../../plugins/vault/api/client.ts";
import type { VaultSettings } from "../../../../plugins/vault/settings.ts";

interface Request {
  readonly line: string;
  readonly token: string | undefined;
  readonly body: string;
}

type Answer = readonly [status: number, body: unknown];

const LOGIN = { path: "auth/approle/login", namespace: undefined, parameters: { secret_id: "hush" } };

/** What a Vault that is in order answers to those who log in. */
const SESSION: Readonly<Record<string, Answer>> = {
  "POST /v1/auth/approle/login": [200, { auth: { client_token: "mother" } }],
  "GET /v1/auth/token/lookup-self": [200, { data: {} }],
  "POST /v1/auth/token/create": [200, { auth: { client_token: "child" } }],
};

describe("a client of Vault", () => {
  let server: Server;
  let settings: VaultSettings;
  let requests: Request[];
  let answers: Record<string, Answer[]>;
  const waiting = { signal: new AbortController().signal };

  // A real Vault can't be made to stumble on demand.
  beforeEach(async () => {
    requests = [];
    answers = {};
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const line = `${request.method ?? ""} ${request.url ?? ""}`;
        const token = request.headers["x-vault-token"];
        requests.push({ line, token: token?.toString(), body: Buffer.concat(chunks).toString() });
        const [status, body] = answers[line]?.shift() ?? SESSION[line] ?? [200, { data: { line } }];
        response.writeHead(status).end(JSON.stringify(body));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    settings = {
      address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      login: LOGIN,
      token: undefined,
      authority: undefined,
      verifiesServer: true,
      serverName: undefined,
      namespace: undefined,
      headers: {},
      makesChildToken: true,
      tokenSeconds: 3600,
      tokenName: "terraform",
      maxRetries: 2,
      retryPause: 1,
    };
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });

  it("logs in once, however many ask, works with a short-lived child, and revokes it at the end", async () => {
    const client = new VaultClient(settings);
    assert.equal(requests.length, 0);
    await Promise.all([client.read("secret/config", waiting), client.read("sys/audit", waiting)]);
    await client.close();
    assert.deepEqual(
      requests.map(({ line, token }) => `${line} ${token ?? "-"}`),
      [
        "POST /v1/auth/approle/login -",
        "GET /v1/auth/token/lookup-self mother",
        "POST /v1/auth/token/create mother",
        "GET /v1/secret/config child",
        "GET /v1/sys/audit child",
        "POST /v1/auth/token/revoke-self child",
      ],
    );
    assert.deepEqual(JSON.parse(requests[2]?.body ?? ""), {
      display_name: "terraform",
      ttl: "3600s",
      explicit_max_ttl: "3600s",
      renewable: false,
    });
  });

  it("leaves its token to expire if another one would end with it", async () => {
    const client = new VaultClient(settings);
    await client.read("sys/audit", waiting);
    client.keepForOffspring();
    await client.close();
    assert.equal(requests.at(-1)?.line, "GET /v1/sys/audit");
  });

  it("works with its own token, and revokes nothing, if it is to make no child", async () => {
    const client = new VaultClient({ ...settings, login: undefined, token: "own", makesChildToken: false });
    await client.read("sys/audit", waiting);
    await client.close();
    assert.deepEqual(
      requests.map(({ line, token }) => `${line} ${token ?? "-"}`),
      ["GET /v1/auth/token/lookup-self own", "GET /v1/sys/audit own"],
    );
  });

  for (const status of [412, 429, 500, 503]) {
    it(`repeats what was answered with ${String(status)}, as often as it may`, async () => {
      const client = new VaultClient(settings);
      answers["GET /v1/sys/audit"] = [
        [status, { errors: ["later"] }],
        [status, { errors: ["later"] }],
      ];
      assert.deepEqual(await client.read("sys/audit", waiting), { line: "GET /v1/sys/audit" });
      answers["GET /v1/sys/audit"] = [1, 2, 3].map(() => [status, { errors: ["later"] }]);
      await assert.rejects(client.read("sys/audit", waiting), { name: "VaultFailure", status });
      await client.close();
    });
  }

  for (const status of [400, 403, 404, 501]) {
    it(`does not repeat what was answered with ${String(status)}`, async () => {
      const client = new VaultClient(settings);
      answers["GET /v1/sys/audit"] = [[status, { errors: ["no"] }]];
      await assert.rejects(client.read("sys/audit", waiting), { name: "VaultFailure", status });
      await client.close();
    });
  }

  it("tries the login again after one that failed", async () => {
    const client = new VaultClient(settings);
    answers["POST /v1/auth/approle/login"] = [[400, { errors: ["invalid role or secret ID"] }]];
    await assert.rejects(client.read("sys/audit", waiting), {
      message:
        `Vault at ${settings.address} refuses the provider's login at auth/approle/login; check authLogin's parameters, ` +
        "and that what it logs in with has not expired or been destroyed " +
        "(POST auth/approle/login: [400] invalid role or secret ID)",
    });
    assert.deepEqual(await client.read("sys/audit", waiting), { line: "GET /v1/sys/audit" });
    await client.close();
  });

  const failures: readonly (readonly [title: string, line: string, answer: Answer, message: RegExp])[] = [
    [
      "a token that Vault does not know",
      "GET /v1/auth/token/lookup-self",
      [403, { errors: ["permission denied"] }],
      /does not accept the provider's token: it is wrong, has expired or was revoked/,
    ],
    [
      "a token that may make no child",
      "POST /v1/auth/token/create",
      [403, { errors: ["permission denied"] }],
      /its policy needs update on auth\/token\/create, or set skipChildToken/,
    ],
    [
      "a login at something that is none",
      "POST /v1/auth/approle/login",
      [200, { data: {} }],
      /auth\/approle\/login at http:\S+ did not answer a token; is it the path of a login\?/,
    ],
    [
      "an answer that is not Vault's",
      "GET /v1/sys/audit",
      [200, "hello"],
      /GET http:\S+\/v1\/sys\/audit did not answer what Vault answers/,
    ],
    [
      "what a token may not do, without Vault's list marks",
      "GET /v1/sys/audit",
      [403, { errors: ["1 error occurred:\n\t* permission denied\n\n"] }],
      /^GET sys\/audit: \[403\] permission denied; the provider's token needs a policy that allows this/,
    ],
    [
      "a run that was longer than its token's life",
      "GET /v1/sys/audit",
      [403, { errors: ["permission denied"] }],
      /the run's token has expired; raise the provider's maxLeaseTtlSeconds/,
    ],
  ];
  for (const [title, line, answer, message] of failures) {
    it(`tells ${title}, and no secret`, async () => {
      const client = new VaultClient({ ...settings, tokenSeconds: 0 });
      answers[line] = [answer];
      await assert.rejects(
        client.read("sys/audit", waiting),
        (error: Error) => message.test(error.message) && !/hush|mother|child"/.test(error.message),
      );
      await client.close();
    });
  }

  it("says that Vault is sealed, and how to unseal it", async () => {
    const client = new VaultClient({ ...settings, maxRetries: 0 });
    answers["POST /v1/auth/approle/login"] = [[503, { errors: ["Vault is sealed"] }]];
    await assert.rejects(client.read("sys/audit", waiting), /is sealed .* vfed unseal <stack>/);
    await client.close();
  });

  it("stops waiting when the user cancels", async () => {
    const client = new VaultClient({ ...settings, maxRetries: 100, retryPause: 60_000 });
    answers["POST /v1/auth/approle/login"] = [[500, {}]];
    const cancelled = new AbortController();
    const report = () => {
      cancelled.abort(new Error("the update was cancelled"));
    };
    await assert.rejects(client.read("sys/audit", { signal: cancelled.signal, report }), {
      message: "the update was cancelled",
    });
    await client.close();
  });
});

describe("an error of Vault", () => {
  const cases: readonly (readonly [title: string, error: unknown, gone: boolean])[] = [
    ["means that something is gone if it is a 404", new VaultFailure(404, [], ""), true],
    [
      "means that something is gone if nothing is mounted there",
      new VaultFailure(400, ["No secret engine mount at auth/x/"], ""),
      true,
    ],
    ["does not if it is another 400", new VaultFailure(400, ["missing name"], ""), false],
    ["does not if Vault may not be asked", new VaultFailure(403, ["permission denied"], ""), false],
    ["does not if Vault can't be reached", new Error("connect ECONNREFUSED"), false],
  ];
  for (const [title, error, gone] of cases) {
    it(title, () => {
      assert.equal(isGone(error), gone);
    });
  }
});
