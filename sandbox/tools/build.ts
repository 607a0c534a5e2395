import { spawn } from "node:child_process";
import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { requireSpace } from "./disk.ts";
import { ToolError } from "./error.ts";
import { goEnvironment, requireGo } from "./go.ts";
import type { Recipe } from "./recipe.ts";

const shownLines = 15;

/**
 * The environment in which a recipe is built. The compiler and the linker collect their garbage rarely, up to a size
 * that a small machine has: their work is short, and collecting takes a fifth of the time.
 */
function buildEnvironment(recipe: Recipe): NodeJS.ProcessEnv {
  return {
    GOGC: "400",
    GOMEMLIMIT: "3GiB",
    ...goEnvironment(),
    GOOS: "linux",
    GOARCH: recipe.architecture,
  };
}

/**
 * Downloads the modules that a build will need. A build does that by itself; done ahead, it uses the network while the
 * build before it uses the processors. What goes wrong here is reported by the build.
 */
export async function prefetchModules(recipe: Recipe, signal: AbortSignal): Promise<void> {
  await runCommand("go", ["list", "-deps", ...recipe.tool.build.packages], {
    cwd: recipe.folder,
    env: buildEnvironment(recipe),
    signal,
  }).catch(() => undefined);
}

/** Where a build works. */
export interface BuildPlaces {
  /** Absolute path of the existing folder that gets the programs. */
  readonly programs: string;
  /** Absolute path of a file that gets everything go prints. */
  readonly log: string;
  /** Absolute path of a folder on the same file system as the programs, one that means something to the user. */
  readonly cache: string;
}

/**
 * Builds a tool's programs from its Go module.
 * @throws ToolError if go or the room on the disk is missing, or the build fails.
 */
export async function buildPrograms(recipe: Recipe, places: BuildPlaces, signal: AbortSignal): Promise<void> {
  const { name, tool } = recipe;
  const { programs, log } = places;
  const environment = buildEnvironment(recipe);
  const caches = await requireGo(recipe.folder, environment);
  await requireSpace(
    [places.cache, caches.modules, caches.packages],
    tool.build.spaceMiB,
    `to build ${name}`,
  );

  const multiCall = join(programs, ".multi-call");
  const output = tool.build.multiCall === true ? multiCall : `${programs}/`;
  const code = await runLogged(["build", ...recipe.flags, "-o", output, ...tool.build.packages], {
    cwd: recipe.folder,
    env: environment,
    log,
    signal,
  });
  if (code !== 0) {
    const lines = (await readFile(log, "utf8")).trimEnd().split("\n").slice(-shownLines);
    throw new ToolError(
      `Building ${name} ${tool.version} failed. Its last output (all of it is in ${log}):\n` +
        `${lines.map((line) => `  ${line}`).join("\n")}\n` +
        "If a module could not be downloaded, check the network and `go env GOPROXY`; then try again.",
    );
  }
  if (tool.build.multiCall === true) {
    for (const program of tool.programs) {
      await link(multiCall, join(programs, program));
    }
    await rm(multiCall);
  }
}

/** Runs go with its output in a file; gives its exit code, undefined if a signal ended it. */
async function runLogged(
  goArguments: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; log: string; signal: AbortSignal },
): Promise<number | undefined> {
  const { cwd, env, log, signal } = options;
  await using file = await open(log, "w");
  return await new Promise((resolve, reject) => {
    const child = spawn("go", goArguments, { cwd, env, signal, stdio: ["ignore", file.fd, file.fd] });
    child.once("error", reject);
    child.once("close", (code) => {
      resolve(code ?? undefined);
    });
  });
}
