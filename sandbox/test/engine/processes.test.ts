import assert from "node:assert/strict";
import { once } from "node:events";
import { appendFile, readFile, readdir, watch } from "node:fs/promises";
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

/** Waits until a file has a line. */
async function lineIn(file: string, line: string): Promise<void> {
  const changes = watch(file);
  if ((await readFile(file, "utf8")).split("\n").includes(line)) {
    return;
  }
  for await (const change of changes) {
    if (change.eventType === "change" && (await readFile(file, "utf8")).split("\n").includes(line)) {
      return;
    }
  }
}

/** Starts an update that hangs in a creation. */
async function hangingUpdate(context: TestContext) {
  const workspace = await Workspace.create("probe", []);
  context.after(() => workspace.dispose());
  const log = join(workspace.root, "probe.log");
  await appendFile(log, "");
  workspace.setVariable("PROBE_LOG", log);
  await workspace.succeed("stack", "init", "dev");
  await workspace.succeed("config", "set", "inputs", '{"mode":"hang"}');
  const cli = workspace.start("up", "--yes", "--skip-preview");
  cli.stdout?.resume();
  cli.stderr?.resume();
  await lineIn(log, "hanging");
  return { workspace, cli, log };
}

describe("plugins and the process that started them", () => {
  it("none outlives a CLI that is killed", { timeout: 60_000 }, async (context) => {
    const { workspace, cli } = await hangingUpdate(context);
    assert.equal((await processesOf(workspace.root)).length >= 4, true);
    cli.kill("SIGKILL");
    await once(cli, "exit");
    while ((await processesOf(workspace.root)).length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  it("a creation under way is told when the user cancels", { timeout: 60_000 }, async (context) => {
    const { workspace, cli, log } = await hangingUpdate(context);
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
