import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Children } from "./children.ts";
import { environmentWithNode } from "./modules.ts";
import type { RuntimeOptions } from "./options.ts";
import { installedPackage, installedPackages, readPackageFile } from "./packages.ts";
import type { PackageFile } from "./packages.ts";

/** A package that a program uses. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

/**
 * Lists what a program depends on, with installed versions, sorted by name.
 * @param transitive Whether dependencies of dependencies are listed too.
 */
export function programDependencies(programDirectory: string, transitive: boolean): readonly Dependency[] {
  const packages = transitive ? installedPackages(programDirectory) : directPackages(programDirectory);
  const dependencies = new Map<string, Dependency>();
  for (const { name, version } of packages) {
    if (name !== undefined && version !== undefined) {
      dependencies.set(`${name}@${version}`, { name, version });
    }
  }
  return [...dependencies.values()].sort((left, right) => left.name.localeCompare(right.name));
}

function directPackages(programDirectory: string): readonly PackageFile[] {
  const own = readPackageFile(programDirectory);
  return Object.keys({ ...own?.dependencies, ...own?.devDependencies }).flatMap((name) => {
    const installed = installedPackage(programDirectory, name);
    return installed === undefined ? [] : [installed];
  });
}

/**
 * Installs the dependencies of the package in a folder by npm: from the lockfile if there is one.
 * @param output Gets npm's output as it comes.
 * @throws Error if npm is missing or fails, or another package manager is asked for.
 */
export async function installDependencies(
  directory: string,
  options: RuntimeOptions,
  children: Children,
  output: (stream: "stdout" | "stderr", data: Buffer) => void,
): Promise<void> {
  if (options.packageManager !== "npm" && options.packageManager !== "auto") {
    throw new Error(
      `runtime option packagemanager is "${options.packageManager}", but the sandbox's own language host knows "npm" ` +
        'and "auto" only; install the dependencies yourself, or use the official CLI, which brings its own language host',
    );
  }
  const command = existsSync(join(directory, "package-lock.json")) ? "ci" : "install";
  const args = [command, "--no-fund", "--no-audit", ...(options.production ? ["--omit=dev"] : [])];
  const { process: npm, end } = children.start("npm", args, {
    cwd: directory,
    env: environmentWithNode(process.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of ["stdout", "stderr"] as const) {
    npm[stream]?.on("data", (data: Buffer) => {
      output(stream, data);
    });
  }
  const { exitCode } = await end.catch((error: unknown) => {
    throw new Error(`npm can't be started; install it, or run "npm ${command}" in ${directory} yourself`, {
      cause: error,
    });
  });
  if (exitCode !== 0) {
    throw new Error(`"npm ${command}" failed in ${directory}; its output says why`);
  }
}
