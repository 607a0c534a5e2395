import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Steps } from "../../../cli/steps.ts";

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

test("A step that an interrupt cuts short fails with the reason of the interrupt", async () => {
  const interrupt = new AbortController();
  const step = new Steps(false, interrupt.signal).run("first step", (report) => {
    report("half-way");
    const cut = sleep(60_000, undefined, { signal: interrupt.signal });
    interrupt.abort(new Error("interrupted; go on like this"));
    return cut;
  });
  await assert.rejects(step, new Error("interrupted; go on like this"));
});

test("Without a terminal, what a step gives notice of is printed at once, and once", () => {
  const program = `
    import { Steps } from ${JSON.stringify(steps)};
    await new Steps(false).run("first step", async (report, notice) => {
      notice("to be read");
      process.kill(process.pid, "SIGKILL");
    });
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    encoding: "utf8",
  });
  assert.equal(stderr, "to be read\n");
  assert.doesNotMatch(stdout, /to be read/);
});

for (const [where, fails] of [
  ["ends", false],
  ["fails", true],
] as const) {
  test(`What a step gives notice of can be read on a terminal after the step ${where}, in full and once`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
    context.after(() => rm(folder, { recursive: true }));
    const errors = join(folder, "stderr");
    const program = join(folder, "program.ts");
    await writeFile(
      program,
      `
      import { Steps } from ${JSON.stringify(steps)};
      const step = new Steps(false).run("first step", async (report, notice) => {
        notice("two lines\\nto be read");
        report("drawn over");
        if (${String(fails)}) {
          throw new Error("the reason");
        }
      });
      await step.catch(() => undefined);
    `,
    );
    const command = `stty columns 80; '${process.execPath}' '${program}' 2>'${errors}'`;
    const { stdout } = spawnSync("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      encoding: "utf8",
    });
    assert.match(stdout, /first step/);
    assert.equal(await readFile(errors, "utf8"), "two lines\nto be read\n");
  });
}
