import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { programDependencies } from "../../../../plugins/nodejs/dependencies.ts";
import { requiredPlugins } from "../../../../plugins/nodejs/packages.ts";

describe("the packages of a program", () => {
  let program: string;

  async function file(path: string, content: unknown): Promise<void> {
    await mkdir(dirname(join(program, path)), { recursive: true });
    await writeFile(join(program, path), typeof content === "string" ? content : JSON.stringify(content));
  }

  before(async () => {
    program = await mkdtemp(join(tmpdir(), "packages-test-"));
    const resource = { resource: true };
    await file("package.json", {
      dependencies: { "@pulumi/random": "^4.0.0" },
      devDependencies: { left: "*" },
    });
    await file("node_modules/@pulumi/random/package.json", {
      name: "@pulumi/random",
      version: "4.21.2",
      pulumi: { ...resource, name: "random", version: "4.21.2" },
    });
    await file("node_modules/@pulumi/random/node_modules/@pulumi/linode/package.json", {
      name: "@pulumi/linode",
      version: "5.1.1",
      pulumi: resource,
    });
    await file("node_modules/other/node_modules/@pulumi/random/package.json", {
      name: "@pulumi/random",
      version: "4.0.0",
      pulumi: resource,
    });
    await file("node_modules/other/package.json", { name: "other", version: "1.0.0" });
    await file("node_modules/@acme/things/package.json", {
      name: "@acme/things",
      version: "v2.0.0",
      pulumi: { ...resource, server: "https://example.com" },
    });
    await file("node_modules/left/package.json", {
      name: "left",
      version: "3.0.0",
      pulumi: { resource: false },
    });
    await file("node_modules/.package-lock.json", "{}");
    await file("node_modules/.bin/tool", "#!/bin/sh");
    await file("elsewhere/package.json", { name: "linked", version: "1.1.1", pulumi: resource });
    await symlink("../elsewhere", join(program, "node_modules/linked"));
  });
  after(() => rm(program, { recursive: true }));

  it("tell the plugins they need, nested and linked ones included, each version once", () => {
    const found = requiredPlugins(program).map(({ name, version, server }) => [name, version, server]);
    assert.deepEqual(found.sort(), [
      ["acme/things", "v2.0.0", "https://example.com"],
      ["linked", "v1.1.1", undefined],
      ["linode", "v5.1.1", undefined],
      ["random", "v4.0.0", undefined],
      ["random", "v4.21.2", undefined],
    ]);
  });

  it("are found from a folder below the one with node_modules", async () => {
    await mkdir(join(program, "deep/down"), { recursive: true });
    assert.equal(requiredPlugins(join(program, "deep/down")).length, 5);
  });

  it("are listed as dependencies: the direct ones, or all", () => {
    assert.deepEqual(programDependencies(program, false), [
      { name: "@pulumi/random", version: "4.21.2" },
      { name: "left", version: "3.0.0" },
    ]);
    assert.equal(programDependencies(program, true).length, 7);
  });

  it("are named when a package.json is damaged, with a remedy", async (context) => {
    const damaged = join(program, "node_modules/damaged");
    context.after(() => rm(damaged, { recursive: true }));
    await file("node_modules/damaged/package.json", "{");
    assert.throws(() => requiredPlugins(program), {
      message: `${damaged}/package.json is not valid JSON; repair it or install the dependencies again: npm ci`,
    });
  });
});
