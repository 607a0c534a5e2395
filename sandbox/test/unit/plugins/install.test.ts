import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { installPlugins } from "../../../plugins/install.ts";
import { writeLauncher } from "../../../plugins/launcher.ts";

const run = promisify(execFile);

/** A CLI whose downloads fail for linode, and succeed for everything else. */
const CLI = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
[ "$4" = linode ] && { echo "no route to host" >&2; exit 1; }
mkdir -p "$PULUMI_HOME/plugins/resource-$4-$5"
echo official > "$PULUMI_HOME/plugins/resource-$4-$5/pulumi-resource-$4"
`;

const nowhere = (): Promise<boolean> => Promise.resolve(false);
const everywhere = (): Promise<boolean> => Promise.resolve(true);

describe("installing a program's plugins", () => {
  let root: string;
  let cli: string;
  let program: string;
  let pulumiHome: string;

  async function executable(file: string, text: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "install-test-"));
    cli = join(root, "tools/pulumi");
    program = join(root, "program");
    pulumiHome = join(root, "home");
    await executable(cli, CLI);
    for (const [name, version, resource] of [
      ["pulumi", "3.270.0", false],
      ["random", "4.21.2", true],
      ["linode", "5.1.1", true],
      ["aws", "7.0.0", true],
    ] as const) {
      const folder = join(program, "node_modules/@pulumi", name);
      await mkdir(folder, { recursive: true });
      const manifest = { name: `@pulumi/${name}`, version, pulumi: { resource } };
      await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    }
  });
  afterEach(() => rm(root, { recursive: true }));

  const plugin = (name: string, version: string) =>
    join(pulumiHome, `plugins/resource-${name}-v${version}/pulumi-resource-${name}`);

  it("puts the sandbox's own under the official names without any download, and says what is missing", async () => {
    const installed = await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    assert.deepEqual(installed, {
      bin: join(pulumiHome, "bin"),
      cli: join(pulumiHome, "bin/pulumi"),
      plugins: [
        { name: "language-nodejs", version: "", source: "sandbox" },
        { name: "resource-pulumi-nodejs", version: "", source: "sandbox" },
        { name: "resource-aws", version: "7.0.0", source: "missing" },
        { name: "resource-linode", version: "5.1.1", source: "sandbox" },
        { name: "resource-random", version: "4.21.2", source: "sandbox" },
      ],
    });
    assert.match(
      await readFile(plugin("random", "4.21.2"), "utf8"),
      /plugins\/random\/main\.ts' '4\.21\.2' "\$@"\n$/,
    );
    assert.equal((await stat(plugin("random", "4.21.2"))).mode & 0o111, 0o111);
    await assert.rejects(readFile(join(root, "tools/calls")), { code: "ENOENT" });
  });

  it("tells where the program's plugins are from, and what to do about one that is missing", async () => {
    const lines: string[] = [];
    await installPlugins({ pulumiHome, cli, program, reaches: nowhere, report: (line) => lines.push(line) });
    assert.deepEqual(lines, [
      "plugins: linode, random: the sandbox's own; aws: missing",
      "the sandbox has none of its own in the place of a missing plugin: let this machine reach its publisher " +
        "(https://get.pulumi.com, unless its package names another server), and run `make sandbox` again",
    ]);
  });

  it("puts the CLI itself beside the language host, not a symbolic link", async () => {
    const { cli: placed } = await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    assert.equal((await stat(placed)).ino, (await stat(cli)).ino);
  });

  it("replaces the CLI when it has changed, and can be repeated", async () => {
    await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    await rm(cli);
    await executable(cli, "#!/bin/sh\n# newer\n");
    await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    const again = await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    assert.match(await readFile(again.cli, "utf8"), /newer/);
  });

  it("takes official plugins where they can be downloaded, and its own where that fails, with the reason", async () => {
    const lines: string[] = [];
    await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    const report = (line: string) => lines.push(line);
    const { plugins } = await installPlugins({ pulumiHome, cli, program, reaches: everywhere, report });
    assert.deepEqual(
      plugins.slice(2).map(({ name, source }) => [name, source]),
      [
        ["resource-aws", "official"],
        ["resource-linode", "sandbox"],
        ["resource-random", "official"],
      ],
    );
    assert.equal(await readFile(plugin("random", "4.21.2"), "utf8"), "official\n");
    const [failure, ...others] = lines;
    assert.deepEqual(others, ["plugins: aws, random: official; linode: the sandbox's own"]);
    assert.match(
      failure ?? "",
      /^the official plugin linode v5\.1\.1 could not be downloaded: .*no route to host$/s,
    );
  });

  it("asks for each plugin's publisher at every installation, and downloads from those that answer", async () => {
    const manifest = {
      name: "@pulumi/aws",
      version: "7.0.0",
      pulumi: { resource: true, server: "https://own.test" },
    };
    await writeFile(join(program, "node_modules/@pulumi/aws/package.json"), JSON.stringify(manifest));
    const asked: string[] = [];
    const reaches = (url: string): Promise<boolean> => {
      asked.push(url);
      return Promise.resolve(url === "https://own.test");
    };
    const sources = async () =>
      (await installPlugins({ pulumiHome, cli, program, reaches })).plugins
        .slice(2)
        .map(({ source }) => source);
    assert.deepEqual(await sources(), ["official", "sandbox", "sandbox"]);
    assert.deepEqual(asked, ["https://own.test", "https://get.pulumi.com", "https://get.pulumi.com"]);

    asked.length = 0;
    assert.deepEqual(await sources(), ["official", "sandbox", "sandbox"]);
    assert.deepEqual(asked, ["https://get.pulumi.com", "https://get.pulumi.com"]);
  });

  it("keeps official plugins that are there, and does not download them again", async () => {
    await executable(plugin("random", "4.21.2"), "official");
    const { plugins } = await installPlugins({ pulumiHome, cli, program, reaches: everywhere });
    assert.equal(plugins.find(({ name }) => name === "resource-random")?.source, "official");
    assert.doesNotMatch(await readFile(join(root, "tools/calls"), "utf8"), /random/);
    assert.equal(await readFile(plugin("random", "4.21.2"), "utf8"), "official");
  });

  it("takes the language host that an official CLI brings along", async () => {
    await executable(join(root, "tools/pulumi-language-nodejs"), "official");
    const { bin, cli: used, plugins } = await installPlugins({ pulumiHome, cli, program, reaches: nowhere });
    assert.deepEqual([bin, used], [join(root, "tools"), cli]);
    assert.deepEqual(plugins[0], { name: "language-nodejs", version: "", source: "official" });
  });
});

describe("a launcher", () => {
  it("starts its script with the Node named, whatever PATH and quotes say", async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "launcher's test-"));
    context.after(() => rm(folder, { recursive: true }));
    const script = join(folder, "it's.ts");
    await writeFile(
      script,
      "const words: string[] = process.argv.slice(2); console.log(JSON.stringify(words));",
    );
    const file = join(folder, "bin/launcher");
    const compileCache = join(folder, "cache");
    await writeLauncher(file, { node: process.execPath, script, args: ["1.0.0"], compileCache });
    const { stdout } = await run(file, ["a b", "$HOME"], { env: { PATH: "/nowhere" } });
    assert.deepEqual(JSON.parse(stdout), ["1.0.0", "a b", "$HOME"]);
  });
});
