import { createHash, type Hash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { goArchitecture } from "../tools/architecture.ts";
import { runCommand } from "../tools/command.ts";
import { ToolError } from "../tools/error.ts";
import { moduleSource } from "../tools/go.ts";
import { readRecipe } from "../tools/recipe.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { charts as allCharts, type ChartDefinition, type ModuleChart } from "./catalogue.ts";

/** Name of the file in a repository that says what it was made of. */
const inputsFile = "inputs.sha256";

/** What a chart repository is made of. */
export interface ChartSources {
  /** Has helm. */
  readonly toolbox: Pick<Toolbox, "program">;
  /** The charts to package; the default is the catalogue. */
  readonly charts?: readonly ChartDefinition[];
  /** Finds the files of a chart's module; the default downloads it if need be. */
  readonly moduleSource?: (folder: string, module: string) => Promise<string>;
}

/**
 * Packages charts and writes the index of a chart repository, both with helm, into a folder that {@link chartRepository}
 * serves. A folder that was made of the same inputs stays as it is.
 * @throws ToolError if a module can't be had or helm refuses a chart.
 */
export async function buildCharts(folder: string, sources: ChartSources): Promise<void> {
  const definitions = sources.charts ?? allCharts;
  const inputs = await inputsDigest(definitions, sources.toolbox.program("helm"));
  const previous = await readFile(join(folder, inputsFile), "utf8").catch(() => undefined);
  if (previous === inputs) {
    return;
  }

  const work = `${folder}.new`;
  // A run that was killed may have left its own.
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const repository = join(work, "repository");
    await mkdir(repository);
    for (const chart of definitions) {
      await packageChart(chart, work, repository, sources);
    }
    await helm(sources.toolbox, ["repo", "index", repository], work);
    await writeFile(join(repository, inputsFile), inputs);
    await rm(folder, { recursive: true, force: true });
    await rename(repository, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packageChart(
  chart: ChartDefinition,
  work: string,
  repository: string,
  sources: ChartSources,
): Promise<void> {
  const folder = "folder" in chart ? chart.folder : await assemble(chart, work, sources);
  await helm(sources.toolbox, ["package", folder, "--destination", repository], work);
}

async function assemble(chart: ModuleChart, work: string, sources: ChartSources): Promise<string> {
  const { folder } = await readRecipe(chart.tool, goArchitecture());
  const source = await (sources.moduleSource ?? moduleSource)(folder, chart.module);
  const target = join(work, chart.name);
  await mkdir(target);
  await chart.assemble(source, target, chart.version);
  return target;
}

/** Runs helm apart from the user's own settings and repositories. */
async function helm(
  toolbox: ChartSources["toolbox"],
  helmArguments: readonly string[],
  work: string,
): Promise<void> {
  const home = join(work, "helm");
  const { code, stderr } = await runCommand(toolbox.program("helm"), helmArguments, {
    env: {
      PATH: process.env.PATH,
      HELM_CACHE_HOME: join(home, "cache"),
      HELM_CONFIG_HOME: join(home, "config"),
      HELM_DATA_HOME: join(home, "data"),
    },
  });
  if (code !== 0) {
    throw new ToolError(`helm ${helmArguments.join(" ")} failed: ${stderr.trim()}`);
  }
}

/** Changes with everything that decides what the charts are: definitions, code and files, versions of modules, helm. */
async function inputsDigest(definitions: readonly ChartDefinition[], helmProgram: string): Promise<string> {
  const hash = createHash("sha256");
  hash.update(helmProgram);
  await hashFolder(hash, import.meta.dirname);
  for (const definition of definitions) {
    const { name, version } = definition;
    hash.update(JSON.stringify({ name, version }));
    if ("folder" in definition) {
      await hashFolder(hash, definition.folder);
    } else {
      const { key } = await readRecipe(definition.tool, goArchitecture());
      hash.update(JSON.stringify({ module: definition.module, key }));
    }
  }
  return hash.digest("hex");
}

/** Adds the names and contents of all files of a folder, at all depths. */
async function hashFolder(hash: Hash, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`\n${relative(folder, file)} ${String(content.length)}\n`);
    hash.update(content);
  }
}
