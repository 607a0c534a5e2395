import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ApiException } from "@kubernetes/client-node";

import { apiFailure } from "../../../../components/cluster/api-failure.ts";

function answer(code: number, body: unknown): Error {
  return new ApiException(code, "Unknown API Status Code!", body, { "content-type": "application/json" });
}

describe("A failed request is described in one line", () => {
  for (const [title, error, description] of [
    ["a refusal with its explanation", answer(403, '{"message":"no"}'), "HTTP 403 Forbidden: no"],
    ["a refusal without a body", answer(401, undefined), "HTTP 401 Unauthorized"],
    ["a proxy's page", answer(503, "<html>"), "HTTP 503 Service Unavailable"],
    ["a body of another kind", answer(404, '{"message":{"a":1}}'), "HTTP 404 Not Found"],
    ["a status that has no name", answer(599, ""), "HTTP 599"],
    [
      "a failed connection by its cause",
      new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") }),
      "fetch failed: connect ECONNREFUSED 127.0.0.1:1",
    ],
    [
      "a failure of all of a host's addresses by its code",
      new TypeError("fetch failed", {
        cause: Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
      }),
      "fetch failed: ECONNREFUSED",
    ],
    ["an error without a cause by its message", new Error("No active cluster!"), "No active cluster!"],
    ["anything else as text", "a text", "a text"],
  ] as const) {
    test(`: ${title}`, () => {
      assert.equal(apiFailure(error), description);
    });
  }
});
