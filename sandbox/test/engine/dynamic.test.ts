import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { outputsOf, resourceOf } from "./support/state.ts";
import { Workspace } from "./support/workspace.ts";

const CIPHERTEXT = ["4dabf18193072939515e22adb298388d", "ciphertext"];

describe("a dynamic resource under the real engine", () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await Workspace.create("dynamic", []);
    await workspace.succeed("stack", "init", "dev");
  });
  after(() => workspace.dispose());

  it("runs a function that it imports late from the program's folder", async () => {
    const stdout = await workspace.succeed("up", "--yes", "--skip-preview");
    assert.doesNotMatch(stdout, /warning/);
    assert.equal((await outputsOf(workspace)).text, "hello world");
  });

  it("has its secret input and output encrypted in the state", async () => {
    const { inputs, outputs } = await resourceOf(workspace, "greeting");
    assert.deepEqual(Object.keys(inputs.who as object), CIPHERTEXT);
    assert.deepEqual(Object.keys(outputs.text as object), CIPHERTEXT);
    assert.equal((await workspace.succeed("stack", "export")).includes("hello world"), false);
  });

  it("has nothing to change on a second run, and can be destroyed", async () => {
    await workspace.succeed("preview", "--expect-no-changes");
    await workspace.succeed("destroy", "--yes", "--skip-preview");
  });
});
