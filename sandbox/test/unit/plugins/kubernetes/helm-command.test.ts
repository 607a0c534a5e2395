import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";

import { eventually } from "../../../support/linode/linode-account.ts";
import { isRunning, processIdentity } from "../../../../tools/process.ts";

const command = pathToFileURL(join(import.meta.dirname, "../../../../plugins/kubernetes/helm/command.ts"));

/** Starts a process that runs helm as the plugin does, and prints what helm prints or fails with. */
function runHelm(context: TestContext, helm: string) {
  const script = `
    const { runHelm } = await import(${JSON.stringify(command.href)});
    const settings = { driver: "secret" };
    const { signal } = new AbortController();
    await runHelm(["version"], { settings, signal }).then(console.log, (error) => console.log(error.message));`;
  const plugin = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, SANDBOX_HELM: helm },
    stdio: ["ignore", "pipe", "inherit"],
  });
  context.after(() => plugin.kill("SIGKILL"));
  plugin.stdout.setEncoding("utf8");
  return plugin;
}

/** Makes a program that does what a shell script says. */
async function program(context: TestContext, script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "helm");
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return path;
}

test("A helm ends with a plugin that was killed, and does nothing behind the next one's back", async (context) => {
  const path = await program(context, 'echo $$ >"$0.pid"; mv "$0.pid" "$0.started"; exec sleep 600');
  const plugin = runHelm(context, path);
  const started = await eventually(async () => {
    const pid = await readFile(`${path}.started`, "utf8").catch(() => undefined);
    return pid === undefined ? undefined : processIdentity(Number(pid));
  });
  plugin.kill("SIGKILL");
  await eventually(() => Promise.resolve(isRunning(started) ? undefined : true));
});

test("Where there is no helm, it says what to do", async (context) => {
  const plugin = runHelm(context, "/nowhere/helm");
  const [message] = (await once(plugin.stdout, "data")) as [string];
  assert.equal(
    message,
    "helm can't be started: /nowhere/helm was not found; install helm 3, or set SANDBOX_HELM to its path\n",
  );
});
