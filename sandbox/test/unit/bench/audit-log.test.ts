import assert from "node:assert/strict";
import { test } from "node:test";

import { auditedRequests, isOfPeer, kinds, perMinute } from "../../../bench/audit-log.ts";

/** A line of Vault 1.21's audit log, without what the bench does not look at. */
function line(type: string, time: string, policies: readonly string[] | undefined, request: object): string {
  return JSON.stringify({ auth: policies === undefined ? undefined : { policies }, request, time, type });
}

const start = Date.parse("2026-01-01T00:00:00Z");

function requestOf(path: string, policies: readonly string[] = [], operation = "read", time = start) {
  return { time, operation, path, policies };
}

test("Of a server's output only whole entries of requests count, with those who sent them", () => {
  const request = { operation: "update", path: "secret/data/demo/from-edge" };
  const output = [
    "2026-01-01T00:00:00.000Z [INFO]  core: vault is unsealed",
    line("request", "2026-01-01T00:00:00.5Z", ["peer-edge"], request),
    line("response", "2026-01-01T00:00:00.6Z", ["peer-edge"], request),
    line("request", "2026-01-01T00:00:01Z", undefined, { operation: "update", path: "auth/jwt-edge/login" }),
    '{"auth":{"policies":["peer-edge"]},"requ',
    "",
  ];
  assert.deepEqual(auditedRequests(output.join("\n")), [
    requestOf("secret/data/demo/from-edge", ["peer-edge"], "update", start + 500),
    requestOf("auth/jwt-edge/login", [], "update", start + 1_000),
  ]);
});

for (const [of, path, policies, expected] of [
  ["a token of the peer's", "secret/data/x", ["peer-edge"], true],
  ["a token of another peer's", "secret/data/x", ["peer-edge-b"], false],
  ["the peer's login", "auth/jwt-edge/login", [], true],
  ["another peer's login", "auth/jwt-edge-b/login", [], false],
  [
    "the region's own operator, who mints the peer's token",
    "auth/token/create/peer-edge",
    ["external-secrets"],
    false,
  ],
] as const) {
  test(`A request with ${of} ${expected ? "counts" : "does not count"} as the peer's`, () => {
    assert.equal(isOfPeer(requestOf(path, policies), "edge"), expected);
  });
}

test("Requests are counted by whole minutes, those before and after them not at all", () => {
  const seconds = [-1, 0, 59, 60, 119, 120];
  const requests = seconds.map((second) => requestOf("x", [], "read", start + second * 1_000));
  assert.deepEqual(perMinute(requests, start, 2), [2, 2]);
});

test("Kinds of requests hold no secret's path, and the most frequent comes first", () => {
  const requests = [
    requestOf("auth/token/lookup-self"),
    requestOf("secret/data/demo/a"),
    requestOf("secret/data/demo/b"),
    requestOf("secret/data/demo/b", [], "update"),
  ];
  assert.deepEqual(kinds(requests), [
    "2 read secret/data",
    "1 read auth/token/lookup-self",
    "1 update secret/data",
  ]);
});
