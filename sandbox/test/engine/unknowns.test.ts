import assert from "node:assert/strict";
import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { resourceOf } from "./support/state.ts";
import { Workspace } from "./support/workspace.ts";

describe("a resource and a provider that depend on something that does not exist yet", () => {
  let workspace: Workspace;
  let log: string;

  before(async () => {
    workspace = await Workspace.create("probe", []);
    log = join(workspace.root, "probe.log");
    await appendFile(log, "");
    workspace.setVariable("PROBE_LOG", log);
    await workspace.succeed("stack", "init", "dev");
    await workspace.succeed("config", "set", "chained", "true");
  });
  after(() => workspace.dispose());

  it("are planned without the provider being configured with an unknown value", async () => {
    const digest = JSON.parse(await workspace.succeed("preview", "--json")) as { changeSummary: unknown };
    assert.deepEqual(digest.changeSummary, { create: 5 });
    assert.equal(await readFile(log, "utf8"), "configured with undefined\n");
  });

  it("get the real value when it is there", async () => {
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.equal((await readFile(log, "utf8")).split("\n").includes('configured with "42"'), true);
    assert.deepEqual((await resourceOf(workspace, "chained")).outputs, { answer: "42", of: "42" });
    assert.equal((await workspace.succeed("stack", "export")).includes("04da6b54"), false);
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("are planned as updates when what they depend on is about to be replaced", async () => {
    await workspace.succeed("config", "set", "inputs", '{"place":"elsewhere"}');
    const digest = JSON.parse(await workspace.succeed("preview", "--json")) as {
      steps: { op: string; urn: string }[];
    };
    const planned = digest.steps
      .filter(({ op }) => op === "replace" || op === "update")
      .map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join("::")}`);
    assert.deepEqual(planned.sort(), [
      "replace probe:index:Thing::thing",
      "update probe:index:Thing::chained",
      "update pulumi:providers:probe::late-provider",
    ]);
    await workspace.succeed("up", "--yes", "--skip-preview");
    await workspace.succeed("preview", "--expect-no-changes");
  });
});
