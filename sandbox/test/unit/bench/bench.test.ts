import assert from "node:assert/strict";
import { test } from "node:test";

import { runBenches, type Bench, type BenchArgs } from "../../../bench/bench.ts";
import { Steps } from "../../../cli/steps.ts";

const found: Bench = () =>
  Promise.resolve({ measurements: [{ subject: "it", unit: "s", values: [1] }], conditions: [] });

function run(chosen: Readonly<Record<string, Bench>>, interrupt = new AbortController()) {
  const { signal } = interrupt;
  // None of these benches looks at what it works with.
  return runBenches(chosen, {} as BenchArgs, new Steps(false, signal), signal);
}

test("A bench that fails keeps none of the others from running", async () => {
  const failure = new Error("no Vault");
  const { findings, failures } = await run({ first: () => Promise.reject(failure), second: found });
  assert.deepEqual(Object.keys(findings), ["second"]);
  assert.deepEqual(failures, { first: failure });
});

test("No bench begins after an interrupt, and what was found before is kept", async () => {
  const interrupt = new AbortController();
  const reason = new Error("interrupted");
  const chosen: Readonly<Record<string, Bench>> = {
    first: found,
    second: () => {
      interrupt.abort(reason);
      return Promise.reject(new Error("what it made is removed"));
    },
    third: () => assert.fail("it was begun"),
  };
  const { findings, failures } = await run(chosen, interrupt);
  assert.deepEqual(Object.keys(findings), ["first"]);
  assert.deepEqual(failures, { second: reason });
});
