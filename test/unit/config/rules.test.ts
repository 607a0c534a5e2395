import assert from "node:assert/strict";
import { test } from "node:test";

import { goDuration, secondsOfGo } from "../../../config/rules.ts";

test("A length of time in Go's form is read as it is written", () => {
  for (const [duration, seconds] of [
    ["24h", 86_400],
    ["90s", 90],
    ["1m", 60],
    ["3661s", 3_661],
  ] as const) {
    assert.equal(secondsOfGo(goDuration(duration)), seconds);
  }
  assert.deepEqual(["1h", "", "1.5h", "soon", "20ms"].map(secondsOfGo), [
    3_600,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
