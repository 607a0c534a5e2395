import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { goArchitecture } from "../../../tools/architecture.ts";
import type { Tool } from "../../../tools/catalogue.ts";
import { ToolError } from "../../../tools/error.ts";
import { describeRecipe, readRecipe } from "../../../tools/recipe.ts";
import { smallProgram, smallRecipe, temporaryFolder } from "./support.ts";

test("the key of a recipe stays the same as long as nothing in it changes", async (context) => {
  const folder = await temporaryFolder(context);
  const first = await smallRecipe(folder);
  assert.equal((await smallRecipe(folder)).key, first.key);
  assert.match(first.key, /^1\.2\.3-[0-9a-f]{12}$/);
});

test("the key of a recipe changes with every input of the build", async (context) => {
  const folder = await temporaryFolder(context);
  const { key, tool, name, architecture } = await smallRecipe(folder);
  const keys = new Set([key]);
  const changed = async (change: string, recipe: Promise<{ key: string }>): Promise<void> => {
    const size = keys.size;
    keys.add((await recipe).key);
    assert.equal(keys.size, size + 1, `${change} made no difference`);
  };
  const other = architecture === "amd64" ? "arm64" : "amd64";
  await changed("architecture", describeRecipe(name, tool, folder, other));
  const build = { ...tool.build, variables: { "main.version": "{version}" } };
  await changed("linker variables", describeRecipe(name, { ...tool, build }, folder, architecture));
  await changed(
    "packages",
    smallRecipe(folder, smallProgram, { build: { ...tool.build, packages: ["./x"] } }),
  );
  await changed("program names", smallRecipe(folder, smallProgram, { programs: ["other"] }));
  await changed("source", smallRecipe(folder, `${smallProgram}\n`));
  await writeFile(join(folder, "go.sum"), "");
  await changed("a further file", describeRecipe(name, tool, folder, architecture));
  await rename(join(folder, "main.go"), join(folder, "other.go"));
  await changed("a file's name", describeRecipe(name, tool, folder, architecture));
});

test("the key of a recipe doesn't change with what the programs don't depend on", async (context) => {
  const folder = await temporaryFolder(context);
  const { key, tool } = await smallRecipe(folder);
  const build = { ...tool.build, spaceMiB: 2 };
  const checks: Tool["checks"] = [{ program: "pause", arguments: ["-v"], prints: "{version}" }];
  assert.equal((await smallRecipe(folder, smallProgram, { build, checks })).key, key);
});

test("a build is small, reproducible, and told its version", async () => {
  const { flags } = await readRecipe("kubernetes", "amd64");
  assert.deepEqual(flags, [
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-dwarf=false",
    "-ldflags",
    "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3" +
      " -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36",
  ]);
});

test("an architecture without tools is refused with a remedy", () => {
  assert.equal(goArchitecture("x64"), "amd64");
  assert.equal(goArchitecture("arm64"), "arm64");
  assert.throws(
    () => goArchitecture("riscv64"),
    (error) => {
      assert.ok(error instanceof ToolError);
      assert.match(error.message, /riscv64; .*x64 and arm64 only.*kubeconfigs of two existing clusters/);
      return true;
    },
  );
});
