import { chmod, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { DaemonRecord } from "../daemon/record.ts";
import { AddressPlan, cidr } from "../network/addresses.ts";
import { pulumiEnvironment } from "../plugins/environment.ts";
import type { StateFolder } from "../state/folder.ts";
import type { Identity } from "../state/identity.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { proxyExceptions } from "./proxy.ts";

/** What the environment of a sandbox is made of. */
export interface EnvironmentSources {
  readonly folder: StateFolder;
  readonly toolbox: Toolbox;
  /** Folder with `pulumi` and its language host. */
  readonly pulumiBin: string;
  readonly passphraseFile: string;
  readonly daemon: DaemonRecord;
  /** Of the sandbox, if its clusters are local; undefined for given ones, which are reached as their owner reaches them. */
  readonly identity?: Identity;
}

/** Folder of the sandbox's Pulumi project. */
export function projectFolder(folder: StateFolder): string {
  return join(folder.root, "project");
}

/** Kubeconfig with a context for each stack. */
export function kubeconfigFile(folder: StateFolder): string {
  return join(folder.root, "kubeconfig");
}

/** Everything that `pulumi`, `kubectl` and `helm` need to work on a sandbox. */
export function sandboxVariables(sources: EnvironmentSources): Readonly<Record<string, string>> {
  const { folder, toolbox, pulumiBin, passphraseFile, daemon, identity } = sources;
  const programs = ["helm", "kubectl"] as const;
  const path = [pulumiBin, ...programs.flatMap((name) => toolFolder(toolbox, name)), process.env.PATH ?? ""];
  const environment = pulumiEnvironment(
    {
      bin: pulumiBin,
      pulumiHome: folder.pulumiHome,
      state: folder.pulumiState,
      passphraseFile,
      variables: {
        PATH: [dirname(process.execPath), ...path].join(":"),
        LINODE_URL: daemon.linodeUrl,
        LINODE_TOKEN: daemon.linodeToken,
        KUBECONFIG: kubeconfigFile(folder),
        VAULT_FEDERATION_PROJECT: projectFolder(folder),
        ...(identity === undefined ? {} : proxyExceptions([cidr(new AddressPlan(identity.octet).range)])),
      },
    },
    {},
  );
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function toolFolder(toolbox: Toolbox, name: string): readonly string[] {
  const program = toolbox.find(name);
  return program === undefined ? [] : [dirname(program)];
}

/** This process's own variables, but for those that would lead Pulumi or vfed elsewhere. */
export function callerVariables(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || /^(PULUMI|VAULT)_/.test(name) ? [] : [[name, value]],
    ),
  );
}

/** Script that sets the variables of a sandbox in a shell. */
export function environmentFile(folder: StateFolder): string {
  return join(folder.root, "env.sh");
}

/** Writes the variables for a shell to source. They hold the token of the emulated API: for the owner's eyes only. */
export async function writeEnvironment(
  folder: StateFolder,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const file = environmentFile(folder);
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return file;
}

/**
 * Reads the variables that `sandbox up` wrote.
 * @throws Error if it never did.
 */
export async function readEnvironment(folder: StateFolder): Promise<Readonly<Record<string, string>>> {
  let text: string;
  try {
    text = await readFile(environmentFile(folder), "utf8");
  } catch (error) {
    throw new Error("the sandbox is not up; run `make sandbox` first", { cause: error });
  }
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name ?? "", unquote(value ?? "")]),
  );
}

const escapedQuote = `'\\''`;

function quote(value: string): string {
  return `'${value.replaceAll("'", escapedQuote)}'`;
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(escapedQuote, "'");
}
