import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { resourceOf, resourcesOf } from "./support/state.ts";
import { Workspace } from "./support/workspace.ts";

async function stackOf(
  context: TestContext,
  name: string,
  packages: readonly string[] = [],
): Promise<Workspace> {
  const workspace = await Workspace.create(name, packages);
  context.after(() => workspace.dispose());
  await workspace.succeed("stack", "init", "dev");
  return workspace;
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe("what the user sees when something fails", () => {
  it("shows the error of a program that throws once, without a complaint of the host's own", async (context) => {
    const workspace = await stackOf(context, "throws");
    const { exitCode, stdout } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.equal(occurrences(stdout, "the program gives up"), 1);
    assert.doesNotMatch(stdout, /exit code/);
  });

  it("says what to do when the program's dependencies are not installed", async (context) => {
    const workspace = await stackOf(context, "throws");
    await rm(join(workspace.program, "node_modules"), { recursive: true });
    const { exitCode, stdout } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(
      stdout,
      /@pulumi\/pulumi\/cmd\/run is not found from .*; install the dependencies: npm install/,
    );
  });

  it("names a resource type that the stand-in doesn't have, and the plugin that does", async (context) => {
    const workspace = await stackOf(context, "shuffle", ["@pulumi/random"]);
    const { exitCode, stdout } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(
      stdout,
      /own plugin "random" does not implement resource type random:index\/randomShuffle:RandomShuffle; .* pulumi plugin install resource random 4\.21\.2/,
    );
  });

  it("names a plugin that is not installed, with its version", async (context) => {
    const workspace = await stackOf(context, "random", ["@pulumi/random"]);
    await rm(join(workspace.root, "home/plugins/resource-random-v4.21.2"), { recursive: true });
    const { exitCode, stdout, stderr } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout + stderr, /random.*4\.21\.2/);
  });

  it("shows which input is invalid", async (context) => {
    const workspace = await stackOf(context, "probe");
    await workspace.succeed("config", "set", "inputs", '{"mode":"invalid"}');
    const { exitCode, stdout } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(
      stdout,
      /probe:index:Thing resource 'thing'.*property mode value .* has a problem: is invalid on purpose/s,
    );
  });

  it("shows a failed creation, and leaves nothing of it in the state", async (context) => {
    const workspace = await stackOf(context, "probe");
    await workspace.succeed("config", "set", "inputs", '{"mode":"refuse"}');
    const { exitCode, stdout } = await workspace.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /the thing can't be created on purpose/);
    assert.equal(
      (await resourcesOf(workspace)).some(({ urn }) => urn.endsWith("::thing")),
      false,
    );

    await workspace.succeed("config", "set", "inputs", "{}");
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.equal((await resourceOf(workspace, "thing")).outputs.answer, "42");
  });

  it("stores a half-made resource with the reasons, and completes it on the next run", async (context) => {
    const workspace = await stackOf(context, "probe");
    await workspace.succeed("config", "set", "inputs", '{"mode":"partial","place":"here"}');
    const { exitCode, stdout } = await workspace.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /one half is missing/);
    assert.match(stdout, /warning: the thing is only half there/);
    const half = await resourceOf(workspace, "thing");
    assert.deepEqual(half.initErrors, ["one half is missing"]);
    assert.deepEqual(half.outputs, { mode: "partial", place: "here" });

    await workspace.succeed("config", "set", "inputs", '{"place":"here"}');
    assert.match(await workspace.succeed("up", "--yes", "--skip-preview"), /thing updated/);
    const whole = await resourceOf(workspace, "thing");
    assert.equal(whole.initErrors, undefined);
    assert.deepEqual(whole.outputs, { answer: "43", place: "here" });
  });

  it("shows why a provider can't be configured", async (context) => {
    const workspace = await stackOf(context, "probe");
    await workspace.succeed("config", "set", "token", "wrong", "--secret");
    const { exitCode, stdout } = await workspace.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /the token is refused on purpose/);
  });

  it("ends a creation when the program's customTimeouts have passed", async (context) => {
    const workspace = await stackOf(context, "probe");
    workspace.setVariable("PROBE_LOG", join(workspace.root, "probe.log"));
    await workspace.succeed("config", "set", "inputs", '{"mode":"hang"}');
    await workspace.succeed("config", "set", "createTimeout", "1s");
    const { exitCode, stdout } = await workspace.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /not finished within the 1 s of customTimeouts/);
  });
});
