import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { provideCluster } from "../../support/provided-cluster.ts";

const module = (path: string): string => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Starts node as a shell's job: a process group of its own, which Ctrl-C reaches as a whole. */
function startJob(context: TestContext, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

function pressControlC({ pid }: ChildProcess): void {
  assert.ok(pid !== undefined);
  process.kill(-pid, "SIGINT");
}

test("Ctrl-C at any step of `up` begins no other one, and leaves no lock to the next `up`", async (context) => {
  const folder = await temporaryFolder(context);
  const state = join(folder, "state");
  for (const attempt of ["first", "second"]) {
    const answer = Promise.withResolvers<undefined>();
    const asked = ["hub", "edge"].map(() => Promise.withResolvers<boolean>());
    const clusters = await Promise.all(
      ["hub", "edge"].map((fileName, index) =>
        provideCluster(context, folder, {
          minor: "36",
          fileName,
          beforeAnswer: () => {
            asked[index]?.resolve(true);
            return answer.promise;
          },
        }),
      ),
    );
    const kubeconfigs = clusters.map(({ path }) => path);
    const job = startJob(context, [main, "up", "--state", state, "--kubeconfig", ...kubeconfigs]);
    assert.ok(job.stderr !== null);
    const errors = text(job.stderr);
    const exit = once(job, "exit");
    const isAsked = Promise.all(asked.map(({ promise }) => promise)).then(() => true);
    assert.ok(await Promise.race([isAsked, exit.then(() => false)]), attempt);
    assert.equal(existsSync(join(state, "lock.json")), true);
    pressControlC(job);
    answer.resolve(undefined);
    assert.deepEqual(await exit, [1, null], attempt);
    assert.match(await errors, /error: interrupted; the same command goes on from here\n$/);
    assert.equal(existsSync(join(state, "lock.json")), false);
    assert.equal(existsSync(join(state, "charts")), false);
  }
});

for (const [what, interrupt] of [
  ["Ctrl-C", pressControlC],
  ["A request to end", (job: ChildProcess) => void job.kill("SIGTERM")],
] as const) {
  test(`${what} interrupts pulumi once, and waits until it has ended in good order`, async (context) => {
    const folder = await temporaryFolder(context);
    const notes = join(folder, "notes");
    const pulumi = join(folder, "pulumi");
    await writeFile(
      pulumi,
      [
        "#!/bin/sh",
        // Field 5 of proc(5)'s stat is the process group: in its own, the terminal's interrupt does not reach it.
        `[ "$(cut -d ' ' -f 5 /proc/$$/stat)" = $$ ] && echo alone >>'${notes}'`,
        `trap "echo interrupted >>'${notes}'; exit 0" INT`,
        "echo started >&2",
        "while :; do sleep 0.05; done",
      ].join("\n"),
    );
    await chmod(pulumi, 0o700);
    const program = `
    import { onInterrupt } from ${module("cli/tools.ts")};
    import { PulumiCli } from ${module("federation/pulumi.ts")};
    const signal = onInterrupt();
    const pulumi = new PulumiCli(${JSON.stringify(pulumi)}, ${JSON.stringify(folder)}, process.env);
    await pulumi.run(["up"], { signal, onLine: (line) => process.stderr.write(line) });
    await pulumi.run(["up"], { signal }).catch(({ message }) => process.stderr.write(", then " + message));
  `;
    const job = startJob(context, ["--input-type=module", "--eval", program]);
    const exit = once(job, "exit");
    assert.ok(job.stderr !== null);
    const said: string[] = [];
    const started = Promise.withResolvers<undefined>();
    job.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said.push(chunk);
      started.resolve(undefined);
    });
    await started.promise;
    interrupt(job);
    assert.deepEqual(await exit, [0, null]);
    assert.equal(
      said.join(""),
      "started\nending what has begun in good order; Ctrl-C again ends at once\n" +
        ", then interrupted; the same command goes on from here",
    );
    assert.equal(await readFile(notes, "utf8"), "alone\ninterrupted\n");
  });
}

test("Ctrl-C is answered at once, before what has begun has ended, and a second one ends at once", async (context) => {
  const program = `
    import { onInterrupt } from ${module("cli/tools.ts")};
    onInterrupt();
    process.stderr.write("started");
    setInterval(() => undefined, 1_000);
  `;
  const job = startJob(context, ["--input-type=module", "--eval", program]);
  const exit = once(job, "exit");
  assert.ok(job.stderr !== null);
  const said = job.stderr.setEncoding("utf8");
  assert.deepEqual(await once(said, "data"), ["started"]);
  pressControlC(job);
  assert.deepEqual(await once(said, "data"), [
    "\nending what has begun in good order; Ctrl-C again ends at once\n",
  ]);
  pressControlC(job);
  assert.deepEqual(await exit, [null, "SIGINT"]);
});
