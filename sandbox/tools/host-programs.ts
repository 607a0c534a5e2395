import { access, constants } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { isStatic } from "./elf.ts";
import { ToolError } from "./error.ts";

/** Programs that the machine's own packages provide, and the Debian package of each. */
const packages = {
  busybox: "busybox-static",
  ip: "iproute2",
  mount: "mount",
  nft: "nftables",
  nsenter: "util-linux",
  runc: "runc",
  tar: "tar",
} as const;

/** Name of a program that a package of the machine provides. */
export type HostProgramName = keyof typeof packages;

/** Absolute path of each of the machine's programs. */
export type HostPrograms = Readonly<Record<HostProgramName, string>>;

/** How missing programs are dealt with. */
export interface HostProgramOptions {
  /** Whether this process may install packages; the default is whether it is root. */
  readonly mayInstall?: boolean;
  /** Folders in which programs are looked for; the default is PATH and the system's own. */
  readonly folders?: readonly string[];
  /** Called before packages are installed. */
  readonly onInstall?: (packageNames: readonly string[]) => void;
}

/** PATH, and the folders that are not on everyone's PATH although programs that are needed lie there. */
function defaultFolders(): string[] {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...onPath, "/usr/sbin", "/sbin"];
}

/**
 * Finds the machine's programs. What is missing is installed with apt-get if this process is root and the machine has it.
 * @throws ToolError that names the packages and the command that installs them.
 */
export async function requireHostPrograms(options: HostProgramOptions = {}): Promise<HostPrograms> {
  const folders = options.folders ?? defaultFolders();
  const found = await findPrograms(folders);
  const missing = missingPackages(found);
  if (missing.length === 0) {
    return found as HostPrograms;
  }
  const apt = await findProgram("apt-get", folders);
  const mayInstall = options.mayInstall ?? process.getuid?.() === 0;
  if (apt === undefined || !mayInstall) {
    throw new ToolError(
      `Missing on this machine: ${missing.join(", ")}. ` +
        (apt === undefined
          ? "Install what your distribution calls them (these are Debian's package names); busybox must be the static one."
          : `Run: sudo apt-get install --yes ${missing.join(" ")}`),
    );
  }
  options.onInstall?.(missing);
  await install(apt, missing);
  const now = await findPrograms(folders);
  const still = missingPackages(now);
  if (still.length > 0) {
    throw new ToolError(
      `apt-get has installed ${missing.join(" ")}, but the programs of ${still.join(", ")} are not on PATH. Check PATH.`,
    );
  }
  return now as HostPrograms;
}

async function findPrograms(folders: readonly string[]): Promise<Partial<HostPrograms>> {
  const names = Object.keys(packages) as HostProgramName[];
  const found = await Promise.all(
    names.map(async (name): Promise<[string, string | undefined]> => [
      name,
      await findProgram(name, folders),
    ]),
  );
  const { busybox, ...others } = Object.fromEntries(found);
  // The package busybox has the same program with shared libraries, which container images lack.
  return { ...others, busybox: busybox !== undefined && (await isStatic(busybox)) ? busybox : undefined };
}

async function findProgram(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    try {
      const path = resolve(folder, name);
      await access(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

function missingPackages(found: Partial<HostPrograms>): string[] {
  const missing = Object.entries(packages).filter(([name]) => found[name as HostProgramName] === undefined);
  return missing.map(([, packageName]) => packageName);
}

/** Installs packages; the lists of packages are only fetched if it doesn't work with those that are there. */
async function install(apt: string, names: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Another apt may be at work, such as the machine's own updates after its start: wait for it, in seconds.
  const lock = ["-o", "DPkg::Lock::Timeout=120"];
  const installation = [...lock, "install", "--yes", "--no-install-recommends", ...names];
  const first = await runCommand(apt, installation, { env });
  if (first.code === 0) {
    return;
  }
  const update = await runCommand(apt, [...lock, "update"], { env });
  const second = await runCommand(apt, installation, { env });
  if (second.code !== 0) {
    throw new ToolError(
      `The Debian packages ${names.join(" ")} could not be installed. ` +
        `Mend that by hand (apt-get update && apt-get install --yes ${names.join(" ")}), then try again.\n` +
        [update.stderr, second.stdout, second.stderr].join("").trimEnd(),
    );
  }
}
