import assert from "node:assert/strict";
import { test } from "node:test";

import { changesIn, peaks } from "../../../bench/scale.ts";

const official = ["/home/pulumi-language-nodejs", "127.0.0.1:1"];
const offline = ["/usr/bin/node", "/checkout/sandbox/plugins/nodejs/main.ts", "3.258.0"];

for (const [which, host] of [
  ["the official language host", official],
  ["the sandbox's language host", offline],
] as const) {
  test(`Memory is told apart by part: the engine, ${which}, the program below it, and all plugins together`, () => {
    assert.deepEqual(
      peaks([
        { pid: 10, parent: 1, command: ["pulumi", "preview"], peakMiB: 100 },
        { pid: 11, parent: 10, command: host, peakMiB: 50 },
        { pid: 12, parent: 11, command: ["node", "run"], peakMiB: 200 },
        { pid: 13, parent: 10, command: ["/home/pulumi-resource-kubernetes"], peakMiB: 30 },
        {
          pid: 14,
          parent: 10,
          command: ["/usr/bin/node", "/checkout/sandbox/plugins/vault/main.ts"],
          peakMiB: 40,
        },
      ]),
      { engine: 100, "language host": 50, program: 200, plugins: 70 },
    );
  });
}

for (const [printed, changes] of [
  [
    "Resources:\n    + 440 to create\n    +-2 to replace\n    442 changes. 130 unchanged\n",
    "440 to create, 2 to replace, 130 unchanged",
  ],
  ["Outputs:\n    region: hub\n\nResources:\n    131 unchanged", "131 unchanged"],
  ["Resources:\n    131 unchanged\n\nDiagnostics:\n    something", "131 unchanged"],
  ["nothing of the kind", ""],
] as const) {
  test(`What a preview would change is read from its end: ${changes === "" ? "nothing" : changes}`, () => {
    assert.equal(changesIn(printed), changes);
  });
}
