import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, chmod, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { acquireTools, type ToolPhase } from "../../../tools/acquire.ts";
import type { OfficialDownload, Tool } from "../../../tools/catalogue.ts";
import { runCommand } from "../../../tools/command.ts";
import { ToolError } from "../../../tools/error.ts";
import type { Recipe } from "../../../tools/recipe.ts";
import type { Toolbox } from "../../../tools/toolbox.ts";
import { serveFiles, smallProgram, smallRecipe, temporaryFolder } from "./support.ts";

const script = "#!/bin/sh\necho small 1.2.3\n";

/** Acquires a recipe into a cache folder; gives the toolbox and the phases that were reported. */
async function acquire(
  cacheFolder: string,
  recipe: Recipe,
  signal?: AbortSignal,
): Promise<{ toolbox: Toolbox; phases: ToolPhase[] }> {
  const phases: ToolPhase[] = [];
  const toolbox = await acquireTools(["pause"], {
    cacheFolder,
    readRecipe: () => Promise.resolve(recipe),
    onProgress: ({ phase }) => phases.push(phase),
    signal,
  });
  return { toolbox, phases };
}

async function leftovers(cacheFolder: string): Promise<string[]> {
  return readdir(join(cacheFolder, "tools", "tmp"));
}

/** Publishes a program on a loopback server, under the given checksum or its true one. */
async function publish(
  context: TestContext,
  content: string,
  checksum: string = createHash("sha256").update(content).digest("hex"),
): Promise<{ overrides: Partial<Tool>; asked: string[] }> {
  const { url, asked } = await serveFiles(context, {
    "/1.2.3/pause": content,
    "/1.2.3/pause.sha256": checksum,
  });
  const download: OfficialDownload = {
    url: `${url}/{version}/{program}`,
    checksums: `${url}/{version}/{program}.sha256`,
    folder: ".",
  };
  return { overrides: { download }, asked };
}

test("a tool without a download is built, and comes from the cache the next time", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"));
  const first = await acquire(folder, recipe);
  assert.deepEqual(first.phases, ["cache", "queued", "build", "done"]);
  const second = await acquire(folder, recipe);
  assert.deepEqual(second.phases, ["cache", "done"]);

  const program = join(folder, "tools", "pause", recipe.key, "bin", "pause");
  assert.equal(second.toolbox.program("pause"), program);
  assert.equal(second.toolbox.bin("pause"), join(program, ".."));
  assert.equal((await runCommand(program, [])).stderr, "small 1.2.3\n");
  const summary = [first, second].map(({ toolbox }) => toolbox.acquired("pause"));
  assert.deepEqual(
    summary.map(({ tool, version, source, origin, programs }) => ({
      tool,
      version,
      source,
      origin,
      programs,
    })),
    [
      { tool: "pause", version: "1.2.3", source: "build", origin: "build", programs: ["pause"] },
      { tool: "pause", version: "1.2.3", source: "cache", origin: "build", programs: ["pause"] },
    ],
  );
  assert.deepEqual(await leftovers(folder), []);
});

test("of two runs at once one builds, and the other waits and takes the result from the cache", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"));
  const runs = await Promise.all([acquire(folder, recipe), acquire(folder, recipe)]);
  const phases = runs.map((run) => run.phases.join(" "));
  assert.deepEqual(phases.sort(), ["cache queued build done", "cache waiting done"]);
  assert.deepEqual(runs.map(({ toolbox }) => toolbox.acquired("pause").source).sort(), ["build", "cache"]);
});

test("the programs of a multi-call tool are names of one file", async (context) => {
  const folder = await temporaryFolder(context);
  const build = { packages: ["."], variables: {}, spaceMiB: 1, multiCall: true };
  const recipe = await smallRecipe(join(folder, "recipe"), smallProgram, {
    build,
    programs: ["pause", "other"],
  });
  const { toolbox } = await acquire(folder, recipe);
  const inodes = await Promise.all(
    ["pause", "other"].map(async (name) => (await stat(join(toolbox.bin("pause"), name))).ino),
  );
  assert.equal(inodes[0], inodes[1]);
  assert.deepEqual(toolbox.acquired("pause").programs, ["other", "pause"]);
});

test("a cache entry with a damaged program is made anew", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"));
  const { toolbox } = await acquire(folder, recipe);
  await appendFile(toolbox.program("pause"), "x");
  assert.equal((await acquire(folder, recipe)).toolbox.acquired("pause").source, "build");
  assert.equal((await acquire(folder, recipe)).toolbox.acquired("pause").source, "cache");
});

test("a cache entry without a manifest, as an interrupted removal leaves it, is made anew", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"));
  const { toolbox } = await acquire(folder, recipe);
  await rm(join(toolbox.bin("pause"), "..", "manifest.json"));
  assert.equal((await acquire(folder, recipe)).toolbox.acquired("pause").source, "build");
});

test("the official download is preferred to a build", async (context) => {
  const folder = await temporaryFolder(context);
  const { overrides } = await publish(context, script);
  const recipe = await smallRecipe(join(folder, "recipe"), "does not compile", overrides);
  const { toolbox, phases } = await acquire(folder, recipe);
  assert.deepEqual(phases, ["cache", "download", "done"]);
  assert.equal(toolbox.acquired("pause").source, "download");
  assert.equal(await readFile(toolbox.program("pause"), "utf8"), script);
  assert.deepEqual(await leftovers(folder), []);
});

test("a download with a wrong checksum is never used: the tool is built, and the summary says why", async (context) => {
  const folder = await temporaryFolder(context);
  const { overrides, asked } = await publish(context, script, "0".repeat(64));
  const { toolbox, phases } = await acquire(
    folder,
    await smallRecipe(join(folder, "recipe"), smallProgram, overrides),
  );
  assert.deepEqual(phases, ["cache", "download", "queued", "build", "done"]);
  assert.deepEqual(asked, ["/", "/1.2.3/pause.sha256", "/1.2.3/pause"]);
  const { source, refusedDownload } = toolbox.acquired("pause");
  assert.equal(source, "build");
  assert.match(refusedDownload ?? "", /has the SHA-256 [0-9a-f]{64}, and .*pause\.sha256 says 0{64}/);
  assert.notEqual(await readFile(toolbox.program("pause"), "utf8"), script);
});

test("a download of another version is refused", async (context) => {
  const folder = await temporaryFolder(context);
  const { overrides } = await publish(context, "#!/bin/sh\necho small 1.2.2\n");
  const { toolbox } = await acquire(
    folder,
    await smallRecipe(join(folder, "recipe"), smallProgram, overrides),
  );
  const { source, refusedDownload } = toolbox.acquired("pause");
  assert.equal(source, "build");
  assert.match(refusedDownload ?? "", /pause should print small 1\.2\.3; it printed "small 1\.2\.2"/);
});

test("a publisher that can't be reached is not waited for: the tool is built", async (context) => {
  const folder = await temporaryFolder(context);
  // Port 9 of the loopback refuses connections at once.
  const download = { url: "http://127.0.0.1:9/{program}", checksums: "http://127.0.0.1:9/sums", folder: "." };
  const recipe = await smallRecipe(join(folder, "recipe"), smallProgram, { download });
  const { toolbox, phases } = await acquire(folder, recipe);
  assert.deepEqual(phases, ["cache", "queued", "build", "done"]);
  assert.equal(toolbox.acquired("pause").refusedDownload, undefined);
});

test("programs are taken from their folder in an archive, with the extras that are there", async (context) => {
  const folder = await temporaryFolder(context);
  const release = join(folder, "release", "tool-1.2.3");
  await mkdir(release, { recursive: true });
  for (const name of ["pause", "extra", "unwanted"]) {
    await writeFile(join(release, name), script);
    await chmod(join(release, name), 0o644);
  }
  await runCommand("tar", [
    "-czf",
    join(folder, "pause-1.2.3.tgz"),
    "-C",
    join(folder, "release"),
    "tool-1.2.3",
  ]);
  const archive = await readFile(join(folder, "pause-1.2.3.tgz"));
  const digest = createHash("sha256").update(archive).digest("hex");
  const sums = `${"0".repeat(64)}  another.tgz\n${digest}  pause-1.2.3.tgz\n`;
  const { url } = await serveFiles(context, { "/pause-1.2.3.tgz": archive, "/SHA256SUMS": sums });
  const download: OfficialDownload = {
    url: `${url}/pause-{version}.tgz`,
    checksums: `${url}/SHA256SUMS`,
    folder: "tool-{version}",
    extras: ["extra", "absent"],
  };
  const recipe = await smallRecipe(join(folder, "recipe"), "does not compile", { download });
  const { toolbox } = await acquire(folder, recipe);
  assert.deepEqual(await readdir(toolbox.bin("pause")), ["extra", "pause"]);
  assert.equal(toolbox.find("extra"), join(toolbox.bin("pause"), "extra"));
  assert.equal(toolbox.find("absent"), undefined);
});

/** A zip with a licence and {@link script} as `pause`, compressed and not executable, as a publisher's tools make it. */
const zipArchive = Buffer.from(
  "UEsDBBQAAAAIAAAAIQAlP7FwDAAAAAoAAAALAAAATElDRU5TRS50eHRLVMjJTE7NS07lAgBQSwMEFAAAAAgAAAAhAI" +
    "Sp1kodAAAAGwAAAAUAAABwYXVzZVNW1E/KzNMvzuBKTc7IVyjOTczJUTDUM9Iz5gIAUEsBAhQDFAAAAAgAAAAhACU/" +
    "sXAMAAAACgAAAAsAAAAAAAAAAAAAAKSBAAAAAExJQ0VOU0UudHh0UEsBAhQDFAAAAAgAAAAhAISp1kodAAAAGwAAAA" +
    "UAAAAAAAAAAAAAAKSBNQAAAHBhdXNlUEsFBgAAAAACAAIAbAAAAHUAAAAAAA==",
  "base64",
);

test("programs are taken from a zip, and what else is in it is left out", async (context) => {
  const folder = await temporaryFolder(context);
  const digest = createHash("sha256").update(zipArchive).digest("hex");
  const { url } = await serveFiles(context, {
    "/pause_1.2.3.zip": zipArchive,
    "/SHA256SUMS": `${digest}  pause_1.2.3.zip\n`,
  });
  const download: OfficialDownload = {
    url: `${url}/pause_{version}.zip`,
    checksums: `${url}/SHA256SUMS`,
    folder: ".",
  };
  const recipe = await smallRecipe(join(folder, "recipe"), "does not compile", { download });
  const { toolbox } = await acquire(folder, recipe);
  assert.equal(toolbox.acquired("pause").source, "download");
  assert.deepEqual(await readdir(toolbox.bin("pause")), ["pause"]);
  assert.equal((await runCommand(toolbox.program("pause"), [])).stdout, "small 1.2.3\n");
});

test("a failing build says which tool, the compiler's last lines, and where all of it is", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(
    join(folder, "recipe"),
    "package main\n\nfunc main() { undefinedFunction() }\n",
  );
  await assert.rejects(acquire(folder, recipe), (error) => {
    assert.ok(error instanceof ToolError);
    assert.match(error.message, /^Building pause 1\.2\.3 failed\./);
    assert.match(error.message, /main\.go:3:15: undefined: undefinedFunction/);
    assert.ok(error.message.includes(join(folder, "tools", "logs", "pause.log")));
    return true;
  });
  assert.match(await readFile(join(folder, "tools", "logs", "pause.log"), "utf8"), /undefinedFunction/);
  assert.deepEqual(await leftovers(folder), []);
});

test("a build that gives another version is an error and doesn't get into the cache", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"), smallProgram.replace("1.2.3", "1.2.4"));
  await assert.rejects(acquire(folder, recipe), {
    name: "ToolError",
    message: /The build of pause 1\.2\.3 gave something else: .*it printed "small 1\.2\.4"/,
  });
  await assert.rejects(stat(join(folder, "tools", "pause")), { code: "ENOENT" });
});

test("without go on PATH the error says what to install", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"));
  const path = process.env.PATH;
  context.after(() => {
    process.env.PATH = path;
  });
  process.env.PATH = folder;
  await assert.rejects(acquire(folder, recipe), {
    name: "ToolError",
    message:
      /^Go 1\.22 or newer is needed to build tools, and there is no go on PATH\. Install it from https:\/\/go\.dev\/dl\//,
  });
});

test("an aborted run ends and leaves nothing half-done", async (context) => {
  const folder = await temporaryFolder(context);
  const recipe = await smallRecipe(join(folder, "recipe"));
  const abort = new AbortController();
  const work = acquireTools(["pause"], {
    cacheFolder: folder,
    readRecipe: () => Promise.resolve(recipe),
    onProgress: ({ phase }) => {
      if (phase === "build") {
        abort.abort();
      }
    },
    signal: abort.signal,
  });
  await assert.rejects(work, { name: "AbortError" });
  assert.deepEqual(await leftovers(folder), []);
  await assert.rejects(stat(join(folder, "tools", "pause")), { code: "ENOENT" });
});
