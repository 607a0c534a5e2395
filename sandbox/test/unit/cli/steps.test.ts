import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

const steps = new URL("../../../cli/steps.ts", import.meta.url).href;

for (const verbose of [false, true]) {
  test(`Without a terminal${verbose ? ", verbose," : ""} a failed step is named, and its reason left to the command line`, () => {
    const program = `
      import { Steps } from ${JSON.stringify(steps)};
      const step = new Steps(${verbose}).run("first step", async (report) => {
        report("half-way");
        throw new Error("the reason");
      });
      await step.catch(({ message }) => process.stdout.write("caught " + message));
    `;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
    });
    assert.match(stdout, /first step[^]*half-way[^]*caught the reason$/);
    assert.match(stderr, /first step/);
    assert.doesNotMatch(stderr, /the reason/);
  });
}
