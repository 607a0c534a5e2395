import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { z } from "zod";

import { vaultNames } from "../../components/vault/vault-values.ts";
import { actionNeeded, reasonOf, unreachable } from "../failure.ts";

const run = promisify(execFile);

/** What the operator's commands need of a stack's outputs. */
const outputsSchema = z.looseObject({
  kubeconfig: z.string(),
  caBundle: z.string(),
  vaultAddress: z.url(),
  vaultClusterId: z.string(),
  vaultKeyShares: z.array(z.object({ fingerprint: z.string(), ciphertext: z.string() })),
  vaultNamespace: z.string().default(vaultNames.namespace),
});

/** Outputs of a stack whose Vault is the region's own. */
export type StackOutputs = z.infer<typeof outputsSchema>;

/** Names of all stacks of the project in a folder. */
export async function stackNames(folder: string): Promise<string[]> {
  const listed = JSON.parse(await pulumi(["stack", "ls", "--json"], folder)) as { name: string }[];
  return listed.map(({ name }) => name);
}

/**
 * Reads how a stack's cluster is reached (kubeconfig, YAML), whatever Vault it has.
 * @throws Failure if the stack can't be read, or is not up.
 */
export async function stackKubeconfig(stack: string, folder: string): Promise<string> {
  const parsed = outputsSchema.pick({ kubeconfig: true }).safeParse(await allOutputs(stack, folder));
  if (!parsed.success) {
    throw actionNeeded(
      `stack ${stack} has no cluster: its outputs lack kubeconfig. Run \`pulumi up\` first.`,
    );
  }
  return parsed.data.kubeconfig;
}

/**
 * Reads what a stack says of its Vault.
 * @throws Failure if the stack can't be read, or has no Vault of its own.
 */
export async function stackOutputs(stack: string, folder: string): Promise<StackOutputs> {
  return parseOutputs(stack, await allOutputs(stack, folder));
}

async function allOutputs(stack: string, folder: string): Promise<unknown> {
  return JSON.parse(
    await pulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack], folder),
  ) as unknown;
}

/** Checks a stack's outputs; see {@link stackOutputs}. */
export function parseOutputs(stack: string, outputs: unknown): StackOutputs {
  const parsed = outputsSchema.safeParse(outputs);
  if (parsed.success) {
    return parsed.data;
  }
  const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? "all")))];
  throw actionNeeded(
    `stack ${stack} has no Vault of its own that could be operated: its outputs lack ${names.join(", ")}. ` +
      "Run `pulumi up` first; where vault.mode is external, operate that Vault with its own tools.",
  );
}

async function pulumi(args: readonly string[], folder: string): Promise<string> {
  try {
    const { stdout } = await run("pulumi", ["--non-interactive", ...args], {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    throw unreachable(explain(error, args, folder), error);
  }
}

function explain(error: unknown, args: readonly string[], folder: string): string {
  const { code, stderr } = error as { code?: string | number; stderr?: string };
  if (code === "ENOENT") {
    return `the program pulumi could not be started in ${folder}. Install the Pulumi CLI, or name the project's folder with --cwd.`;
  }
  const reason = (stderr ?? "").trim().replace(/^error: /, "");
  return (
    `\`pulumi ${args.slice(0, 2).join(" ")}\` failed in ${folder}: ${reason === "" ? reasonOf(error) : reason}. ` +
    "Name the project's folder with --cwd, and log in as for `pulumi up`."
  );
}
