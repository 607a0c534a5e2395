import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { runCommand } from "./command.ts";
import { ToolError } from "./error.ts";

const remedy =
  "Install it from https://go.dev/dl/ and put its bin folder on PATH; from Go 1.21 on, go fetches a newer version of " +
  "itself when it is needed, unless GOTOOLCHAIN=local forbids it.";

/**
 * The environment for go: programs without C libraries, a newer Go fetched if a module asks for it (unless the user has
 * decided about that), and no Go workspace of a folder further up.
 */
export function goEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...environment, CGO_ENABLED: "0", GOWORK: "off", GOTOOLCHAIN: environment.GOTOOLCHAIN ?? "auto" };
}

/** Where go keeps what it downloads and compiles; absolute paths. */
export interface GoCaches {
  readonly modules: string;
  readonly packages: string;
}

const goEnvironmentAnswer = z.object({ GOVERSION: z.string(), GOMODCACHE: z.string(), GOCACHE: z.string() });

/**
 * Makes sure that go is there and new enough for the module in a folder.
 * @returns go's caches.
 * @throws ToolError if go is missing, too old, or can't fetch the version that it needs.
 */
export async function requireGo(folder: string, environment: NodeJS.ProcessEnv): Promise<GoCaches> {
  const wanted = /^go (\d+)\.(\d+)/m.exec(await readFile(join(folder, "go.mod"), "utf8"));
  const wantedVersion = `${wanted?.[1] ?? "1"}.${wanted?.[2] ?? "0"}`;
  const result = await runCommand("go", ["env", "-json", "GOVERSION", "GOMODCACHE", "GOCACHE"], {
    cwd: folder,
    env: environment,
  }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new ToolError(
        `Go ${wantedVersion} or newer is needed to build tools, and there is no go on PATH. ${remedy}`,
      );
    }
    throw error;
  });
  if (result.code !== 0) {
    throw new ToolError(
      `Go ${wantedVersion} or newer is needed to build tools: ${result.stderr.trim()}. ${remedy}`,
    );
  }
  const { GOVERSION, GOMODCACHE, GOCACHE } = goEnvironmentAnswer.parse(JSON.parse(result.stdout));
  const [, major = "0", minor = "0"] = /^go(\d+)\.(\d+)/.exec(GOVERSION) ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = wantedVersion.split(".").map(Number);
  // A development version of Go has no number to compare.
  if (GOVERSION.startsWith("go") && Number(major) * 1000 + Number(minor) < wantedMajor * 1000 + wantedMinor) {
    throw new ToolError(
      `Go ${wantedVersion} or newer is needed to build tools; go on PATH is ${GOVERSION}. ${remedy}`,
    );
  }
  return { modules: GOMODCACHE, packages: GOCACHE };
}

const moduleDownload = z.object({ Dir: z.string().optional(), Error: z.string().optional() });

/**
 * Finds the source of a module in the version that a recipe has chosen, and downloads it if need be.
 * @param folder Folder of the recipe.
 * @param module Path of the module, one of those in the recipe's go.mod.
 * @returns Absolute path of the read-only folder with the module's files.
 * @throws ToolError if there is no suitable go, or the module can't be had.
 */
export async function moduleSource(
  folder: string,
  module: string,
  environment: NodeJS.ProcessEnv = goEnvironment(),
): Promise<string> {
  await requireGo(folder, environment);
  const result = await runCommand("go", ["mod", "download", "-json", module], {
    cwd: folder,
    env: environment,
  });
  const answer = moduleDownload.safeParse(result.stdout === "" ? {} : JSON.parse(result.stdout));
  const directory = answer.data?.Dir;
  if (directory === undefined) {
    const reason = answer.data?.Error ?? result.stderr.trim();
    throw new ToolError(
      `The source of the Go module ${module} could not be downloaded: ${reason}. ` +
        "Check that `go env GOPROXY` names a module proxy that this machine reaches, then try again.",
    );
  }
  return directory;
}
