import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { outputsOf, resourceOf } from "./support/state.ts";
import { Workspace } from "./support/workspace.ts";

describe("a program with random resources under the real engine", () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await Workspace.create("random", ["@pulumi/random"]);
    await workspace.succeed("stack", "init", "dev");
  });
  after(() => workspace.dispose());

  it("is created with values of the shapes asked for", async () => {
    const stdout = await workspace.succeed("up", "--yes", "--skip-preview");
    assert.doesNotMatch(stdout, /warning/);

    const outputs = await outputsOf(workspace);
    assert.match(String(outputs.secret), /^(?=(?:.*\d){3})[A-Za-z0-9]{24}$/);
    assert.match(String(outputs.hash), /^\$2[aby]\$10\$/);
    assert.match(String(outputs.hex), /^node-[0-9a-f]{8}$/);
    assert.match(String(outputs.string), /^[A-Za-z0-9_]{12}$/);
    assert.equal(Buffer.from(String(outputs.base64), "base64").length, 16);
    assert.match(
      String(outputs.unique),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("keeps passwords and bytes in the state only encrypted, and ids in plain text", async () => {
    const { secret, hash, base64, hex } = await outputsOf(workspace);
    const state = await workspace.succeed("stack", "export");
    for (const value of [secret, hash, base64]) {
      assert.equal(state.includes(String(value)), false);
    }
    assert.equal(state.includes(String(hex)), true);
    const password = await resourceOf(workspace, "password");
    assert.deepEqual(Object.keys(password.outputs.result as object), [
      "4dabf18193072939515e22adb298388d",
      "ciphertext",
    ]);
  });

  it("has nothing to change on a second run, nor after a refresh", async () => {
    await workspace.succeed("preview", "--expect-no-changes");
    await workspace.succeed("up", "--yes", "--expect-no-changes");
    await workspace.succeed("refresh", "--yes", "--expect-no-changes");
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("plans a replacement of exactly the password when its keepers change, and carries it out", async () => {
    const old = await outputsOf(workspace);
    await workspace.succeed("config", "set", "generation", "2");
    const digest = JSON.parse(await workspace.succeed("preview", "--json")) as {
      steps: {
        op: string;
        urn: string;
        detailedDiff: unknown;
        replaceReasons: unknown;
        newState: { outputs?: object };
      }[];
    };
    const replacing = digest.steps.filter(({ op }) => op === "replace");
    assert.deepEqual(
      replacing.map(({ urn, detailedDiff, replaceReasons }) => ({ urn, detailedDiff, replaceReasons })),
      [
        {
          urn: "urn:pulumi:dev::random::random:index/randomPassword:RandomPassword::password",
          detailedDiff: { "keepers.generation": { kind: "update-replace", inputDiff: true } },
          replaceReasons: ["keepers.generation"],
        },
      ],
    );

    await workspace.succeed("up", "--yes", "--skip-preview");
    const renewed = await outputsOf(workspace);
    assert.notEqual(renewed.secret, old.secret);
    assert.notEqual(renewed.hash, old.hash);
    assert.deepEqual({ ...renewed, secret: "", hash: "" }, { ...old, secret: "", hash: "" });
  });

  it("is gone after a destroy", async () => {
    await workspace.succeed("destroy", "--yes", "--skip-preview");
    const state = JSON.parse(await workspace.succeed("stack", "export")) as {
      deployment: { resources?: unknown[] };
    };
    assert.equal(state.deployment.resources, undefined);
  });
});
