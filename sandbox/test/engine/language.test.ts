import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Workspace } from "./support/workspace.ts";

/** A provider in plain JavaScript on Pulumi's own SDK, as a folder with PulumiPlugin.yaml. */
const PLUGIN = `
const { main } = require("@pulumi/pulumi/provider");
main({
  version: "1.0.0",
  getSchema: async () => "{}",
  check: async (urn, olds, news) => ({ inputs: news }),
  create: async (urn, inputs) => ({ id: "made", outs: { ...inputs, node: process.execPath } }),
}, process.argv.slice(2));
`;

const PLUGIN_USER = `
import { CustomResource } from "@pulumi/pulumi";
class Made extends CustomResource {
  constructor() {
    super("folder:index:Made", "made", { node: undefined });
  }
}
export const node = new Made().node;
`;

describe("the language host under the real engine", () => {
  let workspace: Workspace;

  before(async () => {
    workspace = await Workspace.create("throws", []);
    await workspace.succeed("stack", "init", "dev");
  });
  after(() => workspace.dispose());

  async function program(text: string): Promise<void> {
    await writeFile(join(workspace.program, "index.ts"), text);
  }

  it("gives the program its stack, its configuration and the secrets in it", async () => {
    await workspace.succeed("config", "set", "plain", "seen");
    await workspace.succeed("config", "set", "hidden", "unseen", "--secret");
    await program(`
      import { Config, getOrganization, getProject, getStack, runtime } from "@pulumi/pulumi";
      const config = new Config();
      export const all = [getOrganization(), getProject(), getStack(), config.require("plain"), runtime.isDryRun()];
      export const hidden = config.requireSecret("hidden");
    `);
    await workspace.succeed("up", "--yes", "--skip-preview");
    const shown = JSON.parse(await workspace.succeed("stack", "output", "--json")) as Record<string, unknown>;
    assert.deepEqual(shown, {
      all: ["organization", "throws", "dev", "seen", false],
      hidden: "[secret]",
    });
  });

  it("shows what the program writes, and the exit code of one that ends itself", async () => {
    await program(`console.log("to stdout"); console.error("to stderr"); process.exit(3);`);
    const { exitCode, stdout } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /to stdout/);
    assert.match(stdout, /to stderr/);
    assert.match(stdout, /the program ended with exit code 3/);
  });

  it("runs the program by its own Node with the arguments of the option nodeargs", async () => {
    const options = `{ typescript: false, nodeargs: "--title 'two words'" }`;
    await writeFile(
      join(workspace.program, "Pulumi.yaml"),
      `name: throws\nruntime: { name: nodejs, options: ${options} }\n`,
    );
    await program(`export const node = process.execPath; export const title = process.title;`);
    await workspace.succeed("up", "--yes", "--skip-preview");
    const shown = JSON.parse(await workspace.succeed("stack", "output", "--json")) as Record<string, unknown>;
    assert.deepEqual(shown, { node: process.execPath, title: "two words" });
  });

  it("describes itself and the program's dependencies", async () => {
    const sdk = JSON.parse(
      await readFile(join(workspace.program, "node_modules/@pulumi/pulumi/package.json"), "utf8"),
    ) as { version: string };
    await writeFile(
      join(workspace.program, "package.json"),
      JSON.stringify({
        name: "throws",
        type: "module",
        main: "index.ts",
        dependencies: { "@pulumi/pulumi": "*" },
      }),
    );
    const about = JSON.parse(await workspace.succeed("about", "--json")) as Record<string, unknown>;
    assert.deepEqual(about.runtime, {
      language: "nodejs",
      executable: process.execPath,
      version: process.version,
    });
    assert.deepEqual(about.dependencies, [{ name: "@pulumi/pulumi", version: sdk.version }]);
  });

  it("runs a provider that is a folder with PulumiPlugin.yaml", async () => {
    const folder = join(workspace.program, "folder-plugin");
    await mkdir(folder);
    await writeFile(join(folder, "PulumiPlugin.yaml"), "runtime: nodejs\n");
    await writeFile(
      join(folder, "package.json"),
      `{ "name": "folder", "version": "1.0.0", "main": "index.js" }`,
    );
    await writeFile(join(folder, "index.js"), PLUGIN);
    await writeFile(
      join(workspace.program, "Pulumi.yaml"),
      [
        "name: throws",
        "runtime: { name: nodejs, options: { typescript: false } }",
        "plugins: { providers: [{ name: folder, path: ./folder-plugin }] }",
        "",
      ].join("\n"),
    );
    await program(PLUGIN_USER);
    await workspace.succeed("up", "--yes", "--skip-preview");
    const shown = JSON.parse(await workspace.succeed("stack", "output", "--json")) as Record<string, unknown>;
    assert.deepEqual(shown, { node: process.execPath });
    await workspace.succeed("destroy", "--yes", "--skip-preview");
  });

  it("installs dependencies by npm, and reports npm's failure", async () => {
    const local = join(workspace.root, "local");
    await mkdir(local);
    await writeFile(join(local, "package.json"), `{ "name": "local", "version": "1.2.3" }`);
    await rm(join(workspace.program, "node_modules"), { recursive: true });
    const manifest = (dependency: string) =>
      writeFile(
        join(workspace.program, "package.json"),
        JSON.stringify({ name: "throws", type: "module", dependencies: { local: dependency } }),
      );
    await manifest("file:../local");
    await workspace.succeed("install", "--no-plugins");
    assert.match(
      await readFile(join(workspace.program, "node_modules/local/package.json"), "utf8"),
      /1\.2\.3/,
    );

    // The lockfile still has the old place, which "npm ci" refuses.
    await manifest("file:../elsewhere");
    const { exitCode, stdout, stderr } = await workspace.pulumi("install", "--no-plugins");
    assert.notEqual(exitCode, 0);
    assert.match(stdout + stderr, /"npm ci" failed in .*\/program; its output says why/);
  });
});
