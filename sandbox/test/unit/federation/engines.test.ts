import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { findEngines, stopEngines } from "../../../federation/engines.ts";
import { StateFolder } from "../../../state/folder.ts";
import { markFolder } from "../../../state/marker.ts";

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that goes by a name, has a backend in its environment, and does what a script says when it is interrupted. */
async function work(
  context: TestContext,
  backend: string,
  { name = "/somewhere/pulumi", onInterrupt = "process.exit(7)" } = {},
): Promise<ChildProcess> {
  const script = `process.on("SIGINT", () => { ${onInterrupt} }); console.log("up"); setInterval(() => undefined, 1_000)`;
  const child = spawn(process.execPath, ["--eval", script], {
    argv0: name,
    env: { PULUMI_BACKEND_URL: `file://${backend}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

/** Takes a sandbox down while an update is under way, which is interrupted; answers what that said. */
async function takeDownAtWork(
  context: TestContext,
  folder: StateFolder,
): Promise<{ readonly pid: number; readonly stderr: string }> {
  const pulumi = await work(context, folder.pulumiState);
  const exit = once(pulumi, "exit");
  const cli = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [cli, "down", "--state", folder.root], {
    encoding: "utf8",
  });
  assert.deepEqual(await exit, [7, null]);
  assert.equal(status, 0);
  return { pid: pulumi.pid ?? 0, stderr };
}

test("An update that is under way is interrupted before its sandbox is taken down", async (context) => {
  const folder = new StateFolder(await temporaryFolder(context));
  await markFolder(folder);
  await mkdir(folder.pulumiState);
  const { pid, stderr } = await takeDownAtWork(context, folder);
  assert.equal(stderr, `pulumi (process ${pid}) was at work on this sandbox and was interrupted\n`);
  assert.equal(existsSync(folder.root), false);
});

test("An update without a state folder is still a trace of its sandbox", async (context) => {
  const folder = new StateFolder(join(await temporaryFolder(context), "gone"));
  await takeDownAtWork(context, folder);
});

test("An update in a folder without a sandbox's marker is interrupted, but no file there is removed", async (context) => {
  const folder = new StateFolder(await temporaryFolder(context));
  await mkdir(folder.pulumiState);
  await mkdir(folder.volumes);
  const { pid, stderr } = await takeDownAtWork(context, folder);
  assert.equal(
    stderr,
    `pulumi (process ${pid}) was at work on this sandbox and was interrupted\n` +
      `what ran of the sandbox was stopped, but ${folder.root} has not the marker of a sandbox any more, so that the ` +
      "files there are left; remove them yourself if nobody else needs them\n",
  );
  assert.deepEqual((await readdir(folder.root)).sort(), ["pulumi-state", "volumes"]);
});

test("An update that does not end when it is interrupted is killed", async (context) => {
  const backend = await temporaryFolder(context);
  const pulumi = await work(context, backend, { onInterrupt: "" });
  const exit = once(pulumi, "exit");
  const notices: string[] = [];
  await stopEngines(backend, (text) => notices.push(text), 0.2);
  assert.deepEqual(await exit, [null, "SIGKILL"]);
  assert.deepEqual(notices, [
    `pulumi (process ${pulumi.pid ?? 0}) was at work on this sandbox and was killed, as it did not end within 0.2 s`,
  ]);
});

test("Updates of other sandboxes, and shells that have this one's variables, are left alone", async (context) => {
  const backend = await temporaryFolder(context);
  const pulumi = await work(context, backend);
  const others = [
    await work(context, `${backend}-2`),
    await work(context, backend, { name: "bash" }),
    await work(context, backend, { name: "/somewhere/pulumi/editor" }),
  ];
  assert.deepEqual(
    (await findEngines(backend)).map(({ pid }) => pid),
    [pulumi.pid],
  );
  await stopEngines(backend, () => undefined);
  assert.deepEqual(
    others.map(({ exitCode, signalCode }) => [exitCode, signalCode]),
    others.map(() => [null, null]),
  );
});
