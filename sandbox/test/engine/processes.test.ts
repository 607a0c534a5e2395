import assert from "node:assert/strict";
import { on, once } from "node:events";
import { watch } from "node:fs";
import { appendFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { Workspace } from "./support/workspace.ts";

/** Command lines of running processes that mention a folder. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const lines = await Promise.all(
    ids.map(async (id) => {
      try {
        const [command, environment] = await Promise.all([
          readFile(`/proc/${id}/cmdline`, "utf8"),
          readFile(`/proc/${id}/environ`, "utf8"),
        ]);
        return environment.includes(folder) ? command.replaceAll("\0", " ") : "";
      } catch {
        // Gone between the listing and the reading.
        return "";
      }
    }),
  );
  return lines.filter((line) => line !== "");
}

/** Waits until a file has a line. @throws AbortError when the signal is aborted. */
async function lineIn(file: string, line: string, signal: AbortSignal): Promise<void> {
  const hasLine = async () => (await readFile(file, "utf8")).split("\n").includes(line);
  // Changes are collected from here on, so that none between the look at the file and the wait is missed.
  const watcher = watch(file);
  const changes = on(watcher, "change", { signal });
  try {
    while (!(await hasLine())) {
      await changes.next();
    }
  } finally {
    watcher.close();
  }
}

/** Starts an update that writes "hanging" to a log and then hangs in a creation. */
async function hangingUpdate(
  context: TestContext,
  program: string,
  prepare: (workspace: Workspace) => Promise<unknown>,
) {
  const workspace = await Workspace.create(program, []);
  context.after(() => workspace.dispose());
  const log = join(workspace.root, "probe.log");
  await appendFile(log, "");
  workspace.setVariable("PROBE_LOG", log);
  await workspace.succeed("stack", "init", "dev");
  await prepare(workspace);
  const cli = workspace.start("up", "--yes", "--skip-preview");
  // The pipes of one that a failed test leaves would keep this process from its end.
  context.after(() => cli.kill("SIGKILL"));
  cli.stdout?.resume();
  cli.stderr?.resume();
  const ended = new AbortController();
  cli.once("exit", () => {
    ended.abort(new Error("the CLI ended before the creation hung"));
  });
  await lineIn(log, "hanging", ended.signal);
  return { workspace, cli, log };
}

const hangingProbe = (workspace: Workspace) =>
  workspace.succeed("config", "set", "inputs", '{"mode":"hang"}');

const hangingDynamic = (workspace: Workspace) =>
  writeFile(
    join(workspace.program, "greet.ts"),
    `import { appendFileSync } from "node:fs";
    export function greet() {
      appendFileSync(process.env.PROBE_LOG, "hanging\\n");
      setInterval(() => undefined, 1000);
      return new Promise(() => undefined);
    }`,
  );

async function allGone(workspace: Workspace): Promise<void> {
  while ((await processesOf(workspace.root)).length > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("plugins and the process that started them", () => {
  for (const [title, program, prepare] of [
    ["none outlives a CLI that is killed", "probe", hangingProbe],
    ["the server of dynamic resources does not outlive a CLI that is killed", "dynamic", hangingDynamic],
  ] as const) {
    it(title, { timeout: 60_000 }, async (context) => {
      const { workspace, cli } = await hangingUpdate(context, program, prepare);
      const running = (await processesOf(workspace.root)).join("\n");
      assert.match(running, program === "probe" ? /support\/probe\.ts/ : /plugins\/dynamic\/main\.ts/);
      assert.match(running, /plugins\/nodejs\/main\.ts/);
      assert.match(running, /cmd\/run/);
      cli.kill("SIGKILL");
      await once(cli, "exit");
      await allGone(workspace);
    });
  }

  it("a creation under way is told when the user cancels", { timeout: 60_000 }, async (context) => {
    const { workspace, cli, log } = await hangingUpdate(context, "probe", hangingProbe);
    cli.kill("SIGINT");
    await once(cli, "exit");
    assert.deepEqual((await readFile(log, "utf8")).trim().split("\n"), [
      "configured with undefined",
      "hanging",
      "Error: the update was cancelled",
    ]);
    assert.deepEqual(await processesOf(workspace.root), []);
  });
});
