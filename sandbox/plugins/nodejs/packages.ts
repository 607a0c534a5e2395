import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a package's package.json says to Pulumi, under `pulumi`. */
interface PulumiMember {
  /** Whether the package needs a resource plugin. */
  readonly resource?: boolean;
  /** Name and version of the plugin; default to those of the package. */
  readonly name?: string;
  readonly version?: string;
  /** URL that the plugin is downloaded from; defaults to Pulumi's. */
  readonly server?: string;
  /** The parameter of a plugin that serves many packages; `value` is base64. */
  readonly parameterization?: { readonly name: string; readonly version: string; readonly value: string };
}

/** A package.json, as far as the language host reads it. */
export interface PackageFile {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: PulumiMember;
}

/** A plugin that a program's packages need. */
export interface RequiredPlugin {
  readonly name: string;
  /** With a leading `v`. */
  readonly version: string;
  readonly server: string | undefined;
  readonly parameterization: PulumiMember["parameterization"];
}

/** Reads the package.json of a folder; `undefined` if there is none. @throws Error if it is no JSON. */
export function readPackageFile(folder: string): PackageFile | undefined {
  const file = join(folder, "package.json");
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PackageFile;
  } catch (error) {
    throw new Error(`${file} is not valid JSON; repair it or install the dependencies again: npm ci`, {
      cause: error,
    });
  }
}

/** The package of a name that a program would load; `undefined` if it is not installed. */
export function installedPackage(programDirectory: string, name: string): PackageFile | undefined {
  const modules = nearestModules(programDirectory);
  return modules === undefined ? undefined : readPackageFile(join(modules, name));
}

/** Lists the packages installed for a program, nested ones included. */
export function installedPackages(programDirectory: string): readonly PackageFile[] {
  const modules = nearestModules(programDirectory);
  return modules === undefined ? [] : packagesBelow(modules);
}

/** Finds the plugins that the packages installed for a program need, each version once. */
export function requiredPlugins(programDirectory: string): readonly RequiredPlugin[] {
  const plugins = new Map<string, RequiredPlugin>();
  for (const { name, version, pulumi } of installedPackages(programDirectory)) {
    if (pulumi?.resource === true && name !== undefined && version !== undefined) {
      const plugin = {
        name: pulumi.name ?? name.replace(/^@pulumi\//, "").replace(/^@/, ""),
        version: `v${(pulumi.version ?? version).replace(/^v/, "")}`,
        server: pulumi.server,
        parameterization: pulumi.parameterization,
      };
      plugins.set(JSON.stringify(plugin), plugin);
    }
  }
  return [...plugins.values()];
}

function nearestModules(directory: string): string | undefined {
  const modules = join(directory, "node_modules");
  if (existsSync(modules)) {
    return modules;
  }
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestModules(parent);
}

// Synchronous on purpose: a few hundred small files take 15 ms this way, and several times that asynchronously.
function packagesBelow(modules: string): PackageFile[] {
  return readdirSync(modules).flatMap((entry) => {
    if (entry.startsWith(".")) {
      return [];
    }
    const folder = join(modules, entry);
    if (entry.startsWith("@")) {
      return packagesBelow(folder);
    }
    const nested = join(folder, "node_modules");
    const own = readPackageFile(folder);
    return [...(own === undefined ? [] : [own]), ...(existsSync(nested) ? packagesBelow(nested) : [])];
  });
}
