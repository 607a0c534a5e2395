import assert from "node:assert/strict";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { buildCharts, type ChartSources } from "../../../charts/build.ts";
import type { ChartDefinition } from "../../../charts/catalogue.ts";
import { temporaryFolder } from "../tools/support.ts";

/** Stands in for helm: packages are their Chart.yaml, the index lists the packages. What it was asked is recorded. */
const helmScript = `#!/bin/sh
echo "$*" >> "$(dirname "$0")/asked"
case "$1" in
  package) cp "$2/Chart.yaml" "$4/$(basename "$2").tgz" ;;
  repo) ls "$3" > "$3/index.yaml" ;;
esac
`;

interface Setting {
  readonly charts: string;
  readonly sources: ChartSources;
  readonly asked: () => Promise<string[]>;
  readonly modules: string[];
}

async function prepare(context: TestContext, script = helmScript): Promise<Setting> {
  const folder = await temporaryFolder(context);
  const helm = join(folder, "helm");
  await writeFile(helm, script, { mode: 0o755 });
  const chart = (name: string): ChartDefinition => ({
    name,
    version: "v1",
    tool: "cert-manager",
    module: `example/${name}`,
    assemble: (source, target, version) =>
      writeFile(join(target, "Chart.yaml"), `${name} ${version} of ${source}`),
  });
  const modules: string[] = [];
  return {
    charts: join(folder, "charts"),
    sources: {
      toolbox: { program: () => helm },
      charts: [chart("one"), chart("two")],
      moduleSource: (_folder, module) => {
        modules.push(module);
        return Promise.resolve(`/source/${module}`);
      },
    },
    asked: async () => (await readFile(join(folder, "asked"), "utf8")).trim().split("\n"),
    modules,
  };
}

test("helm packages every chart and then writes the index", async (context) => {
  const { charts, sources, asked, modules } = await prepare(context);
  await buildCharts(charts, sources);
  const work = `${charts}.new`;
  assert.deepEqual(await asked(), [
    `package ${work}/one --destination ${work}/repository`,
    `package ${work}/two --destination ${work}/repository`,
    `repo index ${work}/repository`,
  ]);
  assert.deepEqual(modules, ["example/one", "example/two"]);
  assert.deepEqual((await readdir(charts)).sort(), ["index.yaml", "inputs.sha256", "one.tgz", "two.tgz"]);
  assert.equal(await readFile(join(charts, "one.tgz"), "utf8"), "one v1 of /source/example/one");
  assert.deepEqual((await readdir(join(charts, ".."))).sort(), ["asked", "charts", "helm"]);
});

test("charts are packaged again only if an input has changed", async (context) => {
  const { charts, sources, asked } = await prepare(context);
  await buildCharts(charts, sources);
  await buildCharts(charts, sources);
  assert.equal((await asked()).length, 3);
  await buildCharts(charts, { ...sources, charts: sources.charts?.slice(0, 1) });
  assert.equal((await asked()).length, 5);
  assert.deepEqual((await readdir(charts)).sort(), ["index.yaml", "inputs.sha256", "one.tgz"]);
});

test("a chart that lies in a folder is packaged as it is, and again when a file at any depth has changed", async (context) => {
  const { charts, sources, asked, modules } = await prepare(context);
  const folder = join(charts, "..", "own");
  await mkdir(join(folder, "templates"), { recursive: true });
  await writeFile(join(folder, "Chart.yaml"), "own 1.0.0");
  await writeFile(join(folder, "templates", "service.yaml"), "kind: Service");
  const own = { ...sources, charts: [{ name: "own", version: "1.0.0", tool: "vault" as const, folder }] };
  await buildCharts(charts, own);
  await buildCharts(charts, own);
  const work = `${charts}.new`;
  assert.deepEqual(await asked(), [
    `package ${folder} --destination ${work}/repository`,
    `repo index ${work}/repository`,
  ]);
  assert.deepEqual(modules, []);
  assert.equal(await readFile(join(charts, "own.tgz"), "utf8"), "own 1.0.0");

  await writeFile(join(folder, "templates", "service.yaml"), "kind: Secret");
  await buildCharts(charts, own);
  assert.equal((await asked()).length, 4);
});

test("what a killed run has left doesn't get into the repository", async (context) => {
  const { charts, sources } = await prepare(context);
  await mkdir(join(`${charts}.new`, "repository"), { recursive: true });
  await writeFile(join(`${charts}.new`, "repository", "half.tgz"), "");
  await buildCharts(charts, sources);
  assert.deepEqual((await readdir(charts)).sort(), ["index.yaml", "inputs.sha256", "one.tgz", "two.tgz"]);
});

test("a chart that helm refuses is an error with helm's reason, and nothing is left", async (context) => {
  const { charts, sources } = await prepare(context, "#!/bin/sh\necho 'Error: no version' >&2\nexit 1\n");
  await assert.rejects(buildCharts(charts, sources), {
    name: "ToolError",
    message: /^helm package .*charts\.new\/one --destination .* failed: Error: no version$/,
  });
  assert.deepEqual(await readdir(join(charts, "..")), ["helm"]);
});
