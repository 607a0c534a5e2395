import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { goArchitecture } from "../tools/architecture.ts";
import { runCommand } from "../tools/command.ts";
import { ToolError } from "../tools/error.ts";
import { moduleSource } from "../tools/go.ts";
import { readRecipe } from "../tools/recipe.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { charts as allCharts, type ChartDefinition } from "./catalogue.ts";

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
  const { folder } = await readRecipe(chart.tool, goArchitecture());
  const source = await (sources.moduleSource ?? moduleSource)(folder, chart.module);
  const target = join(work, chart.name);
  await mkdir(target);
  await chart.assemble(source, target, chart.version);
  await helm(sources.toolbox, ["package", target, "--destination", repository], work);
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

/** Changes with everything that decides what the charts are: definitions, code, versions of modules, helm. */
async function inputsDigest(definitions: readonly ChartDefinition[], helmProgram: string): Promise<string> {
  const hash = createHash("sha256");
  hash.update(helmProgram);
  for (const file of (await readdir(import.meta.dirname)).sort()) {
    hash.update(await readFile(join(import.meta.dirname, file)));
  }
  for (const { name, version, tool, module } of definitions) {
    const { key } = await readRecipe(tool, goArchitecture());
    hash.update(JSON.stringify({ name, version, module, key }));
  }
  return hash.digest("hex");
}
