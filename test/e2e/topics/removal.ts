import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";

import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit, run, type TestSandbox } from "../../support/sandbox.ts";

/** What is taken down leaves nothing behind. */
export function nothingIsLeft(federation: () => Federation): void {
  it("leaves nothing in the account after `pulumi destroy`", async () => {
    for (const stack of stacks) {
      assertExit(await federation().sandbox.pulumi(["destroy", "--yes", "--stack", stack]));
      const exported = await federation().sandbox.pulumi(["stack", "export", "--stack", stack]);
      const { deployment } = JSON.parse(exported.stdout) as { deployment: { resources?: unknown[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    }
    for (const kind of ["/lke/clusters", "/nodebalancers", "/volumes"]) {
      assert.deepEqual(await federation().sandbox.list(kind), []);
    }
  });

  it("is gone without a trace after `sandbox down`", async () => {
    const { id } = JSON.parse(await readFile(join(federation().sandbox.folder, "identity.json"), "utf8")) as {
      id: string;
    };
    assert.match(await traces(id, federation().sandbox), new RegExp(id));
    assertExit(await federation().sandbox.command(["down"]));
    assert.equal(await traces(id, federation().sandbox), "");
    await assert.rejects(stat(federation().sandbox.folder), { code: "ENOENT" });
  });
}

/** Processes, namespaces, interfaces, routes, mounts and control groups that belong to a sandbox. */
async function traces(id: string, sandbox: TestSandbox): Promise<string> {
  const commands = [
    ["ip", "netns", "list"],
    ["ip", "-oneline", "link"],
    ["ip", "route", "show", "table", "all"],
    ["find", "/sys/fs/cgroup", "-type", "d", "-name", `*${id}*`],
    ["cat", "/proc/self/mountinfo"],
  ];
  const outputs = await Promise.all(commands.map(([program = "", ...args]) => run(program, args)));
  const lines = outputs.flatMap(({ stdout }) => stdout.split("\n"));
  const left = lines.filter((line) => line.includes(id) || line.includes(sandbox.folder));
  const processes = (await sandbox.processes()).map(({ command }) => command.join(" "));
  return [...left, ...processes].join("\n");
}
