import assert from "node:assert/strict";
import { test } from "node:test";

import { percentile, report } from "../../../bench/measurement.ts";

const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);

for (const [values, share, expected] of [
  [[7], 0.5, 7],
  [[7], 0.95, 7],
  [[3, 1, 2], 0.5, 2],
  [[4, 3, 2, 1], 0.5, 2],
  [twenty, 0.5, 10],
  [twenty, 0.95, 19],
  [twenty, 1, 20],
  [[2, 10, 1], 1, 10],
] as const) {
  test(`Of ${values.join(", ")} a share of ${String(share)} is at most ${String(expected)}`, () => {
    assert.equal(percentile(values, share), expected);
  });
}

test("Nothing measured has no percentile", () => {
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test("The report has a row for everything measured, no percentile of a single value beyond it, and all conditions", () => {
  const findings = {
    crossing: {
      measurements: [{ subject: "Secret", unit: "s", values: [1.234, 20.06, 3] }],
      conditions: ["every 10s.", "a second one."],
    },
    "vault-birth": { measurements: [{ subject: "pulumi up", unit: "s", values: [123.4] }], conditions: [] },
  };
  assert.equal(
    report(findings),
    [
      "bench        measured   unit  n   p50   p95   max",
      "crossing     Secret     s     3  3.00  20.1  20.1",
      "vault-birth  pulumi up  s     1   123",
      "",
      "crossing: every 10s.",
      "crossing: a second one.",
    ].join("\n"),
  );
});
