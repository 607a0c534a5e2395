import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { parse, parseDocument } from "yaml";

import type { Operator } from "../operators/operators.ts";
import { readOrMake, readWhole, writeWhole } from "../state/whole-file.ts";

/** Name of the program's Pulumi project. */
export const projectName = "vault-federation";

/** The stacks that the sandbox brings up, in this order. */
export const stacks = ["hub", "edge"] as const;

/** A stack of the sandbox. */
export type Stack = (typeof stacks)[number];

/** What the sandbox changes of one region's cluster. */
export interface ClusterOverrides {
  /** Minor version of Kubernetes that the sandbox has for it. */
  readonly kubernetesVersion: string;
  /** Number of nodes, if they are given and not made; the shipped one otherwise. */
  readonly readyNodes?: number;
}

/** What the sandbox changes of the shipped stack files, because it is not Linode and has no internet. */
export interface Overrides {
  readonly clusters: Readonly<Record<Stack, ClusterOverrides>>;
  /** URL of the sandbox's chart repository. */
  readonly chartMirror: string;
  /** Versions of the charts that it serves, by name. */
  readonly chartVersions: Readonly<Record<string, string>>;
  /** Who opens the Vaults, and how many of them it takes. */
  readonly vault?: VaultOverrides;
}

/** The secret that both of the sandbox's regions write. */
export const sharedByBoth = "demo/from-both";

/** The secrets that the sandbox's regions share: from each to the other, and one that both write. */
const demonstration = {
  "demo/from-hub": { home: "hub", generated: {}, refreshInterval: "10s" },
  "demo/from-edge": { home: "edge", generated: {}, refreshInterval: "10s" },
  [sharedByBoth]: { writers: [...stacks], refreshInterval: "10s" },
};

/** What the sandbox sets in `vault-federation:vault`. */
export interface VaultOverrides {
  readonly operators: readonly Operator[];
  readonly threshold: number;
  /** Storage class of the Vaults' volumes; the shipped one otherwise. */
  readonly storageClass?: string;
}

/**
 * A Pulumi project of the sandbox's own: the program's Pulumi.yaml pointing at the checkout, and the shipped stack
 * files with a few values replaced. So the program runs unchanged, and nothing is written into the checkout.
 */
export interface Project {
  /** Folder that `pulumi --cwd` takes. */
  readonly folder: string;
  /** File with the passphrase that encrypts the stacks' secrets. */
  readonly passphraseFile: string;
}

/** Writes the project, or brings an existing one up to date; encryption salts of existing stacks are kept. */
export async function writeProject(folder: string, checkout: string, overrides: Overrides): Promise<Project> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const project = parseDocument(await readFile(join(checkout, "Pulumi.yaml"), "utf8"));
  project.set("main", resolve(checkout));
  writeWhole(join(folder, "Pulumi.yaml"), project.toString());
  for (const stack of stacks) {
    await writeStack(folder, checkout, stack, overrides);
  }
  const passphraseFile = join(folder, "passphrase");
  await readOrMake(passphraseFile, () => randomBytes(24).toString("base64url"));
  return { folder, passphraseFile };
}

async function writeStack(
  folder: string,
  checkout: string,
  stack: Stack,
  overrides: Overrides,
): Promise<void> {
  const name = `Pulumi.${stack}.yaml`;
  const document = parseDocument(await readFile(join(checkout, name), "utf8"));
  // A checkout that is used with real clusters too has secrets there that only its own key opens.
  for (const key of ["encryptionsalt", "secretsprovider", "encryptedkey"]) {
    document.delete(key);
  }
  document.deleteIn(["config", "linode:token"]);
  const override = (path: string[], value: unknown): void => {
    document.setIn(["config", ...path], value);
  };
  const { kubernetesVersion, readyNodes } = overrides.clusters[stack];
  override(["vault-federation:cluster", "kubernetesVersion"], kubernetesVersion);
  if (readyNodes !== undefined) {
    override(["vault-federation:cluster", "systemPool", "count"], readyNodes);
  }
  override(["vault-federation:charts"], {
    mirror: overrides.chartMirror,
    ...Object.fromEntries(
      Object.entries(overrides.chartVersions).map(([chart, version]) => [settingOf(chart), { version }]),
    ),
  });
  if (overrides.vault === undefined) {
    document.deleteIn(["config", "vault-federation:vault"]);
  } else {
    override(["vault-federation:vault", "operators"], overrides.vault.operators);
    override(["vault-federation:vault", "threshold"], overrides.vault.threshold);
    if (overrides.vault.storageClass !== undefined) {
      override(["vault-federation:vault", "storage", "storageClass"], overrides.vault.storageClass);
    }
    linkRegions(stack, override);
  }
  override(["vault-federation:protect"], false);

  const file = join(folder, name);
  const salt = await encryptionSalt(file);
  if (salt !== undefined) {
    document.set("encryptionsalt", salt);
  }
  writeWhole(file, document.toString());
}

/** One secret of each kind, which all regions hold and one namespace reads. */
function linkRegions(stack: Stack, override: (path: string[], value: unknown) => void): void {
  const peers = stacks.filter((other) => other !== stack);
  override(["vault-federation:peers"], Object.fromEntries(peers.map((peer) => [peer, {}])));
  override(["vault-federation:secrets"], demonstration);
  override(["vault-federation:vault", "consumers"], { demo: Object.keys(demonstration) });
  override(["vault-federation:delivery"], {
    syncedSecrets: Object.fromEntries(
      Object.keys(demonstration).map((path) => {
        const name = path.replaceAll("/", "-");
        return [name, { namespace: "demo", path, destination: name, refreshAfter: "10s" }];
      }),
    ),
  });
}

/** `pulumi stack init` wrote it there; without it the stack's secrets could not be read again. */
async function encryptionSalt(file: string): Promise<unknown> {
  // A file of comments alone is a document that is null.
  const existing = parse((await readWhole(file)) ?? "") as { encryptionsalt?: unknown } | null;
  return existing?.encryptionsalt;
}

/** The program's configuration calls a chart by its name in camel case. */
function settingOf(chart: string): string {
  return chart.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
