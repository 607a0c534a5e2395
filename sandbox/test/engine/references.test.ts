import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { outputsOf } from "./support/state.ts";
import { Workspace } from "./support/workspace.ts";

describe("two stacks that refer to each other", () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await Workspace.create("references", []);
  });
  after(() => workspace.dispose());

  it("fails, naming the peer, as long as the peer does not exist", async () => {
    await workspace.succeed("stack", "init", "hub");
    const { exitCode, stdout } = await workspace.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /unknown stack "edge"/);
  });

  it("settles after hub, edge, hub, with secrets read in both directions", async () => {
    await workspace.succeed("stack", "init", "edge");
    await workspace.succeed("up", "--yes", "--skip-preview", "--stack", "hub");
    await workspace.succeed("up", "--yes", "--skip-preview", "--stack", "edge");
    await workspace.succeed("stack", "select", "hub");
    assert.equal((await outputsOf(workspace)).seen, "nothing yet");

    await workspace.succeed("up", "--yes", "--skip-preview", "--stack", "hub");
    assert.equal((await outputsOf(workspace)).seen, "token of edge");
    await workspace.succeed("stack", "select", "edge");
    assert.equal((await outputsOf(workspace)).seen, "token of hub");
    await workspace.succeed("preview", "--expect-no-changes", "--stack", "hub");
    await workspace.succeed("preview", "--expect-no-changes", "--stack", "edge");

    const state = await workspace.succeed("stack", "export", "--stack", "edge");
    assert.equal(state.includes("token of"), false);
  });
});
