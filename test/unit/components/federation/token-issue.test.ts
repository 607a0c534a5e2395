import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { issueNumber } from "../../../../components/federation/token-issue.ts";

const last = { number: 4, issuedAt: "2026-11-01T12:00:00+01:00" };
const end = Date.parse("2026-11-01T12:00:00Z");

describe("The token that is exported for a peer", () => {
  for (const [title, now, number] of [
    ["is the same as long as it lives", end - 1, 4],
    ["is another one when its life is over", end, 5],
    ["is the one after it, however long ago that was", end + 1e12, 5],
  ] as const) {
    test(title, () => {
      assert.equal(issueNumber(last, 3600, now), number);
    });
  }

  test("is the first one where there was none", () => {
    assert.equal(issueNumber(undefined, 3600, end), 1);
  });
});
