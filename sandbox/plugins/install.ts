import { execFile } from "node:child_process";
import { constants, access, copyFile, link, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { isLauncher, writeLauncher } from "./launcher.ts";
import { installedPackage, requiredPlugins } from "./nodejs/packages.ts";
import type { RequiredPlugin } from "./nodejs/packages.ts";

/** Official downloads are given up after this many milliseconds each. */
const DOWNLOAD_TIMEOUT = 180_000;

/** Where plugins are published that name no server of their own. */
const PUBLISHER = "https://get.pulumi.com";

/** Resource plugins that the sandbox has itself; the folder beside this file has a `main.ts`. */
const OWN: ReadonlySet<string> = new Set(["kubernetes", "linode", "random", "vault"]);

/** What to install, and where. All paths are absolute. */
export interface PluginInstallation {
  /** PULUMI_HOME: gets `plugins/`, and `bin/` if the CLI has no language host beside it. */
  readonly pulumiHome: string;
  /** The Pulumi CLI. */
  readonly cli: string;
  /** The program's folder; the packages in its node_modules say which plugins are needed, in which versions. */
  readonly program: string;
  /**
   * Whether a publisher answers, so that its official plugins are tried first. It is asked at every installation and for
   * each plugin that is not official yet, wherever the CLI is from: what could not be had once may be had the next time.
   */
  readonly reaches: (url: string) => Promise<boolean>;
  /**
   * Gets a line for each official plugin that could not be had, with the reason, and then where the program's plugins are
   * from. Defaults to nobody.
   */
  readonly report?: (line: string) => void;
}

/** A plugin of the program, and where it is from. */
export interface InstalledPlugin {
  /** Such as `resource-random` or `language-nodejs`. */
  readonly name: string;
  /** Without a leading `v`; empty for what comes with the CLI. */
  readonly version: string;
  /** `missing`: not to be had officially, and the sandbox has none of its own; the CLI will say so when it is needed. */
  readonly source: "official" | "sandbox" | "missing";
}

/** What can be run now. */
export interface InstalledPlugins {
  /** Folder with `pulumi` and `pulumi-language-nodejs`; belongs first in PATH. */
  readonly bin: string;
  /** The CLI to run. */
  readonly cli: string;
  readonly plugins: readonly InstalledPlugin[];
}

const run = promisify(execFile);

/**
 * Makes every plugin of a program available to the Pulumi CLI: official ones where they can be downloaded, the sandbox's
 * own ones under the official names and versions otherwise. It can be repeated at any time.
 */
export async function installPlugins(installation: PluginInstallation): Promise<InstalledPlugins> {
  const bundled = await installBeside(installation);
  // Side by side, so that a publisher that answers but hands nothing out is waited for once.
  const resources = await Promise.all(
    requiredPlugins(installation.program).map((plugin) => installResource(installation, plugin)),
  );
  for (const line of originsOf(resources)) {
    installation.report?.(line);
  }
  return { ...bundled, plugins: [...bundled.plugins, ...resources] };
}

/** One line for all plugins, and one with a remedy if any is missing. */
function originsOf(plugins: readonly InstalledPlugin[]): readonly string[] {
  const [official, own, missing] = (["official", "sandbox", "missing"] as const).map((source) =>
    plugins
      .filter((plugin) => plugin.source === source)
      .map(({ name }) => name.replace(/^resource-/, ""))
      .join(", "),
  );
  const origins = [
    [official, "official"],
    [own, "the sandbox's own"],
    [missing, "missing"],
  ].filter(([names]) => names !== "");
  const line = `plugins: ${origins.map((origin) => origin.join(": ")).join("; ")}`;
  const remedy =
    "the sandbox has none of its own in the place of a missing plugin: let this machine reach its publisher " +
    `(${PUBLISHER}, unless its package names another server), and run \`make sandbox\` again`;
  return missing === "" ? [line] : [line, remedy];
}

/** An official CLI brings its language host along; for any other one the sandbox's own is put beside it. */
async function installBeside({ pulumiHome, cli, program }: PluginInstallation): Promise<InstalledPlugins> {
  const official = join(dirname(cli), "pulumi-language-nodejs");
  if ((await exists(official)) && !(await isLauncher(official))) {
    return { bin: dirname(cli), cli, plugins: besidePlugins("official") };
  }
  const bin = join(pulumiHome, "bin");
  const placed = join(bin, "pulumi");
  await mkdir(bin, { recursive: true });
  await place(cli, placed);
  const sdk = installedPackage(program, "@pulumi/pulumi");
  await launch(pulumiHome, join(bin, "pulumi-language-nodejs"), "nodejs", [sdk?.version ?? "0.0.0"]);
  await launch(pulumiHome, join(bin, "pulumi-resource-pulumi-nodejs"), "dynamic", []);
  return { bin, cli: placed, plugins: besidePlugins("sandbox") };
}

function besidePlugins(source: InstalledPlugin["source"]): readonly InstalledPlugin[] {
  return ["language-nodejs", "resource-pulumi-nodejs"].map((name) => ({ name, version: "", source }));
}

/** The engine looks beside the file that it is, symbolic links resolved, so the CLI itself has to be there. */
async function place(cli: string, target: string): Promise<void> {
  const draft = `${target}.${String(process.pid)}`;
  try {
    await link(cli, draft);
  } catch {
    // Another file system, or one without hard links.
    await copyFile(cli, draft, constants.COPYFILE_FICLONE);
  }
  await rename(draft, target);
  // Two links to one file make a rename do nothing at all.
  await rm(draft, { force: true });
}

async function installResource(
  installation: PluginInstallation,
  plugin: RequiredPlugin,
): Promise<InstalledPlugin> {
  const version = plugin.version.replace(/^v/, "");
  const folder = join(installation.pulumiHome, "plugins", `resource-${plugin.name}-${plugin.version}`);
  const executable = join(folder, `pulumi-resource-${plugin.name}`);
  const installed = { name: `resource-${plugin.name}`, version };
  if ((await exists(executable)) && !(await isLauncher(executable))) {
    return { ...installed, source: "official" };
  }
  const isReached = await installation.reaches(plugin.server ?? PUBLISHER);
  if (isReached && (await download(installation, plugin))) {
    return { ...installed, source: "official" };
  }
  if (!OWN.has(plugin.name)) {
    return { ...installed, source: "missing" };
  }
  await launch(installation.pulumiHome, executable, plugin.name, [version]);
  return { ...installed, source: "sandbox" };
}

async function download(installation: PluginInstallation, plugin: RequiredPlugin): Promise<boolean> {
  const { cli, pulumiHome, report } = installation;
  const server = plugin.server === undefined ? [] : ["--server", plugin.server];
  const args = ["plugin", "install", "resource", plugin.name, plugin.version, "--reinstall", ...server];
  const env = { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    await run(cli, [...args, "--non-interactive"], { env, timeout: DOWNLOAD_TIMEOUT });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    report?.(`the official plugin ${plugin.name} ${plugin.version} could not be downloaded: ${reason}`);
    return false;
  }
}

function launch(pulumiHome: string, file: string, folder: string, args: readonly string[]): Promise<void> {
  return writeLauncher(file, {
    node: process.execPath,
    script: join(import.meta.dirname, folder, "main.ts"),
    args,
    compileCache: join(pulumiHome, "compile-cache"),
  });
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
