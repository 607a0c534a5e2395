import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Architecture } from "./architecture.ts";
import { catalogue, fillTemplate, type Tool, type ToolName } from "./catalogue.ts";

/** Everything that decides what a tool's programs are. */
export interface Recipe {
  readonly name: ToolName;
  readonly tool: Tool;
  readonly architecture: Architecture;
  /** Absolute path of the folder with the Go module that builds the tool. */
  readonly folder: string;
  /** Arguments of go before the packages and after `build`, without the output. */
  readonly flags: readonly string[];
  /** Changes with everything that decides what the programs are: version and a digest, fit for a file name. */
  readonly key: string;
}

/** Folder of the recipes that the catalogue refers to. */
const recipesFolder = join(import.meta.dirname, "go");

/** Reads the recipe of a tool. */
export function readRecipe(name: ToolName, architecture: Architecture): Promise<Recipe> {
  return describeRecipe(name, catalogue[name], join(recipesFolder, name), architecture);
}

/** Puts a recipe together from its parts. */
export async function describeRecipe(
  name: ToolName,
  tool: Tool,
  folder: string,
  architecture: Architecture,
): Promise<Recipe> {
  const flags = buildFlags(tool);
  const digest = createHash("sha256");
  const { version, programs, download, build } = tool;
  const { packages, multiCall } = build;
  digest.update(JSON.stringify({ version, programs, download, packages, multiCall, flags, architecture }));
  for (const file of (await readdir(folder)).sort()) {
    const content = await readFile(join(folder, file));
    digest.update(`\n${file} ${String(content.length)}\n`);
    digest.update(content);
  }
  const key = `${tool.version}-${digest.digest("hex").slice(0, 12)}`;
  return { name, tool, architecture, folder, flags, key };
}

/** The values of a tool's placeholders. */
export function templateValues(tool: Tool): Record<"version" | "major" | "minor", string> {
  const [major = "", minor = ""] = tool.version.split(".");
  return { version: tool.version, major, minor };
}

/**
 * The arguments that make a build small, the same on every machine, and tell its version. What the compiler knows for
 * debuggers is not even made: the linker would leave it out, and making it takes a seventh of the time.
 */
function buildFlags(tool: Tool): string[] {
  const values = templateValues(tool);
  const variables = Object.entries(tool.build.variables).map(
    ([variable, value]) => `-X ${variable}=${fillTemplate(value, values)}`,
  );
  return [
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-dwarf=false",
    "-ldflags",
    ["-s", "-w", ...variables].join(" "),
  ];
}
