import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startLinodeApi } from "../../../linode/api.ts";
import { LinodeAccount, MemoryInfrastructure, TOKEN } from "../../support/linode/linode-account.ts";
import { MemoryClusters } from "../../support/linode/memory-clusters.ts";

for (const authorization of ["", "Bearer wrong", `Basic ${TOKEN}`]) {
  test(`A request authorized by "${authorization}" is refused as Linode refuses it`, async (context) => {
    const account = await LinodeAccount.open(context);
    const { status, headers, body } = await account.call("GET", "/v4/regions", undefined, { authorization });
    assert.equal(status, 401);
    assert.equal(headers.get("content-type"), "application/json");
    assert.deepEqual(body, { errors: [{ reason: "Invalid Token" }] });
  });
}

test("Answers are JSON without a charset, good ones and errors", async (context) => {
  const account = await LinodeAccount.open(context);
  for (const path of ["/v4/regions", "/v4/lke/clusters/1", "/v4/nowhere"]) {
    assert.equal((await account.call("GET", path)).headers.get("content-type"), "application/json");
  }
});

test("A body that is not JSON is refused", async (context) => {
  const account = await LinodeAccount.open(context);
  const answer = await fetch(`${account.url}/v4/lke/clusters`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: "{",
  });
  assert.equal(answer.status, 400);
  assert.deepEqual(await answer.json(), { errors: [{ reason: "The body is not JSON" }] });
});

test("The log names requests, and never a token", async (context) => {
  const account = await LinodeAccount.open(context);
  await account.call("GET", `/v4/regions?token=${TOKEN}`);
  const created = await account.call("POST", "/v4/profile/tokens", { scopes: "*" });
  const { token } = created.body as { token: string };
  await account.call("GET", "/v4/profile/tokens", undefined, { authorization: `Bearer ${token}` });
  assert.deepEqual(
    account.log.map((line) => line.replace(/ \d+ ms$/, "")),
    ["GET /v4/regions 200", "POST /v4/profile/tokens 200", "GET /v4/profile/tokens 200"],
  );
});

test("A port that is taken is named, with what to do", async (context) => {
  const account = await LinodeAccount.open(context);
  const port = Number(new URL(account.url).port);
  await assert.rejects(
    startLinodeApi({
      stateFolder: account.stateFolder,
      port,
      token: TOKEN,
      provisioner: new MemoryClusters(),
      infrastructure: new MemoryInfrastructure(),
      log: { info: () => undefined, warn: () => undefined },
    }),
    new RegExp(`can't listen on 127.0.0.1:${String(port)} .*EADDRINUSE.*choose another one`),
  );
});

test("A state that can't be read is named, with what to do", async (context) => {
  const stateFolder = await mkdtemp(join(tmpdir(), "linode-"));
  context.after(() => rm(stateFolder, { recursive: true }));
  await writeFile(join(stateFolder, "state.json"), "{");
  await assert.rejects(
    startLinodeApi({
      stateFolder,
      port: 0,
      token: TOKEN,
      provisioner: new MemoryClusters(),
      infrastructure: new MemoryInfrastructure(),
      log: { info: () => undefined, warn: () => undefined },
    }),
    /state\.json is not JSON\. Remove that file, run `make sandbox-down`, and start anew\.$/,
  );
});

test("Lists are answered in pages", async (context) => {
  const account = await LinodeAccount.open(context);
  const read = async (query: string) => {
    const { status, body } = await account.call("GET", `/v4/regions?${query}`);
    const list = body as { data: unknown[]; page: number; pages: number; results: number };
    return { status, length: list.data.length, page: list.page, pages: list.pages, results: list.results };
  };
  const { results } = await read("");
  assert.ok(results > 25);
  assert.deepEqual(await read("page=2&page_size=25"), {
    status: 200,
    length: results - 25,
    page: 2,
    pages: 2,
    results,
  });
  assert.deepEqual((await account.call("GET", "/v4/regions?page=3&page_size=25")).body, {
    errors: [{ reason: "Must be 1 to 2", field: "page" }],
  });
  assert.deepEqual((await account.call("GET", "/v4/regions?page_size=1")).body, {
    errors: [{ reason: "Must be 25 to 500", field: "page_size" }],
  });
});

test("Lists are filtered and ordered by X-Filter", async (context) => {
  const account = await LinodeAccount.open(context);
  const ids = async (filter: object) => {
    const { body } = await account.call("GET", "/v4/linode/types", undefined, {
      "x-filter": JSON.stringify(filter),
    });
    return (body as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  assert.deepEqual(await ids({ class: "dedicated", "+order_by": "memory", "+order": "desc" }), [
    "g6-dedicated-8",
    "g6-dedicated-4",
    "g6-dedicated-2",
  ]);
  assert.deepEqual(await ids({ "price.monthly": 24 }), ["g6-standard-2"]);
  const refused = await account.call("GET", "/v4/linode/types", undefined, { "x-filter": '{"+or": []}' });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.body, {
    errors: [{ reason: "The emulator filters by equality only, not by +or", field: "X-Filter" }],
  });
});

test("The token of a created token opens the API until it is deleted, and is not kept", async (context) => {
  const account = await LinodeAccount.open(context);
  const created = await account.call("POST", "/v4/profile/tokens", {
    label: "dns",
    scopes: "domains:read_write",
  });
  const { id, token } = created.body as { id: number; token: string };
  assert.match(token, /^[0-9a-f]{64}$/);
  const authorization = `Bearer ${token}`;
  const read = await account.call("GET", `/v4/profile/tokens/${String(id)}`, undefined, { authorization });
  assert.equal((read.body as { token: string }).token, token.slice(0, 16));
  assert.ok(!(await readFile(join(account.stateFolder, "state.json"), "utf8")).includes(token));

  await account.call("DELETE", `/v4/profile/tokens/${String(id)}`);
  assert.equal((await account.call("GET", "/v4/regions", undefined, { authorization })).status, 401);
});

test("A token needs known scopes and an end in the future", async (context) => {
  const account = await LinodeAccount.open(context);
  const { status, body } = await account.call("POST", "/v4/profile/tokens", {
    scopes: "everything",
    expiry: "2018-01-02T03:04:05",
  });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    errors: [
      { reason: "Must be * or scopes such as lke:read_write", field: "scopes" },
      { reason: "Must be a moment in the future", field: "expiry" },
    ],
  });
});
