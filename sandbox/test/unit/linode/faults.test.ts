import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, LinodeAccount, TOKEN } from "../../support/linode/linode-account.ts";

test("A fault meets as many requests as ordered, then the API answers again", async (context) => {
  const account = await LinodeAccount.open(context);
  const ordered = await account.call("POST", "/faults", {
    match: { method: "GET", path: "^/v4/regions$" },
    times: 2,
    answer: { status: 429, headers: { "Retry-After": "7" } },
  });
  assert.equal(ordered.status, 200);
  assert.equal((await account.call("GET", "/v4/linode/types")).status, 200);
  for (const left of [1, 0]) {
    const met = await account.call("GET", "/v4/regions");
    assert.equal(met.status, 429);
    assert.equal(met.headers.get("retry-after"), "7");
    assert.equal(met.headers.get("content-type"), "application/json");
    assert.deepEqual(met.body, { errors: [{ reason: "Too Many Requests" }] });
    const { faults } = (await account.call("GET", "/faults")).body as { faults: { left: number }[] };
    assert.deepEqual(
      faults.map((fault) => fault.left),
      left === 0 ? [] : [left],
    );
  }
  assert.equal((await account.call("GET", "/v4/regions")).status, 200);
});

test("A fault can answer any body", async (context) => {
  const account = await LinodeAccount.open(context);
  const body = { errors: [{ reason: "Linode busy." }] };
  await account.call("POST", "/faults", { match: { path: "regions" }, answer: { status: 400, body } });
  const met = await account.call("GET", "/v4/regions");
  assert.equal(met.status, 400);
  assert.deepEqual(met.body, body);
});

test("A slow answer is the right one", async (context) => {
  const account = await LinodeAccount.open(context);
  await account.call("POST", "/faults", { match: { path: "regions" }, answer: { delaySeconds: 0.01 } });
  const [slow, usual] = [await account.call("GET", "/v4/regions"), await account.call("GET", "/v4/regions")];
  assert.equal(slow.status, 200);
  assert.deepEqual(slow.body, usual.body);
});

/** Waits until a request has met the one fault that was ordered. */
async function faultMet(account: LinodeAccount): Promise<void> {
  await eventually(async () => {
    const { faults } = (await account.call("GET", "/faults")).body as { faults: unknown[] };
    return faults.length === 0 ? true : undefined;
  });
}

test("A hanging request is not answered, and does not keep the emulator from stopping", async (context) => {
  const account = await LinodeAccount.open(context);
  await account.call("POST", "/faults", { match: { path: "regions" }, answer: { hang: true } });
  const hanging = account.call("GET", "/v4/regions");
  const refused = assert.rejects(hanging, /fetch failed/);
  assert.equal((await account.call("GET", "/v4/linode/types")).status, 200);
  await account.stop();
  await refused;
});

test("A delay holds up its own request only, and does not keep the emulator from stopping", async (context) => {
  const account = await LinodeAccount.open(context);
  await account.call("POST", "/faults", { match: { path: "regions" }, answer: { delaySeconds: 3600 } });
  let isOpen = true;
  const slow = account.call("GET", "/v4/regions").finally(() => {
    isOpen = false;
  });
  await faultMet(account);
  assert.equal((await account.call("GET", "/v4/linode/types")).status, 200);
  assert.equal(isOpen, true);
  await account.stop();
  assert.equal((await slow).status, 200);
});

test("Faults are cleared one by one or all together", async (context) => {
  const account = await LinodeAccount.open(context);
  const order = async () => {
    const { body } = await account.call("POST", "/faults", {
      match: { path: "regions" },
      answer: { status: 500 },
    });
    return (body as { id: number }).id;
  };
  const first = await order();
  await order();
  await account.call("DELETE", `/faults/${String(first)}`);
  assert.equal((await account.call("DELETE", `/faults/${String(first)}`)).status, 404);
  assert.equal(((await account.call("GET", "/faults")).body as { faults: unknown[] }).faults.length, 1);
  await account.call("DELETE", "/faults");
  assert.equal((await account.call("GET", "/v4/regions")).status, 200);
});

test("An order that can't be followed is refused", async (context) => {
  const account = await LinodeAccount.open(context);
  const { status, body } = await account.call("POST", "/faults", {
    match: { path: "(" },
    answer: { sing: true },
  });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    errors: [
      { reason: "Must be a regular expression", field: "match.path" },
      {
        reason: 'Must be {"status": 400 to 599, "headers", "body"}, {"delaySeconds"} or {"hang": true}',
        field: "answer",
      },
    ],
  });
});

test("Faults can be ordered by the account's owner only", async (context) => {
  const account = await LinodeAccount.open(context);
  const answer = await fetch(`${account.url}/faults`, { headers: { authorization: `Bearer not ${TOKEN}` } });
  assert.equal(answer.status, 401);
});
