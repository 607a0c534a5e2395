import { z } from "zod";

import { vaultNames } from "../../components/vault/vault-values.ts";
import { actionNeeded, exitCodes, Failure } from "../failure.ts";
import { pulumiJson } from "./pulumi.ts";
import {
  recordedJournalAccess,
  recordedOutputs,
  type JournalAccess,
  type RecordedOutputs,
} from "./stack-state.ts";

const shareSchema = z.object({ fingerprint: z.string(), ciphertext: z.string() });

/** What the operator's commands need to reach a region's Vault. */
const reachableSchema = z.looseObject({
  kubeconfig: z.string(),
  caBundle: z.string(),
  vaultAddress: z.url(),
  vaultNamespace: z.string().default(vaultNames.namespace),
  vaultClusterId: z.string().optional(),
  vaultKeyShares: z.array(shareSchema).optional(),
});

const outputsSchema = reachableSchema.required({ vaultClusterId: true, vaultKeyShares: true });

/** Outputs of a stack whose Vault existed before: it has an address, and no id that the stack knows. */
const externalSchema = z.looseObject({ vaultAddress: z.url(), vaultClusterId: z.undefined().optional() });

/** Outputs of a stack whose Vault is the region's own. */
export type StackOutputs = z.infer<typeof outputsSchema>;

/** The same, where the bootstrap may not have come to its end. */
export type ReachableVault = z.infer<typeof reachableSchema>;

/** Outputs of a stack that came to the end of an update without a Vault. */
const vaultlessSchema = z.looseObject({
  kubeconfig: z.string(),
  vaultAddress: z.undefined().optional(),
  vaultClusterId: z.undefined().optional(),
});

/** Why a stack's Vault is not for `vfed` to operate, by the stack's own choice: it has none, or an external one. */
export class VaultNotOperated extends Failure {
  constructor(message: string) {
    super(exitCodes.actionNeeded, message);
  }
}

/** Names of all stacks of the project in a folder. */
export async function stackNames(folder: string): Promise<string[]> {
  const listed = (await pulumiJson(["stack", "ls", "--json"], folder)) as { name: string }[];
  return listed.map(({ name }) => name);
}

/**
 * Reads how a stack's cluster is reached (kubeconfig, YAML), whatever Vault it has.
 * @throws Failure if the stack can't be read, or has no cluster.
 */
export async function stackKubeconfig(stack: string, folder: string): Promise<string> {
  const schema = reachableSchema.pick({ kubeconfig: true });
  const told = schema.safeParse(await readOutputs(stack, folder));
  const known = told.success ? told : schema.safeParse(await readState(stack, folder));
  if (!known.success) {
    throw actionNeeded(
      `stack ${stack} has no cluster: neither its outputs nor its state have a kubeconfig. Run \`pulumi up\` first.`,
    );
  }
  return known.data.kubeconfig;
}

/**
 * Reads what a stack says of its Vault: in its outputs or, after an update that ended before there were any, in its state.
 * @throws Failure if the stack can't be read, or has no Vault of its own.
 */
export async function reachableVault(stack: string, folder: string): Promise<ReachableVault> {
  const outputs = await readOutputs(stack, folder);
  const complete = outputsSchema.safeParse(outputs);
  return complete.success ? complete.data : fromState(stack, outputs, await readState(stack, folder));
}

/**
 * Takes what outputs lack from the state, all of which is of one update; see {@link reachableVault}.
 * @throws VaultNotOperated if the stack was never meant to have a Vault of its own; Failure if it has none yet.
 */
export function fromState(stack: string, outputs: object, state: RecordedOutputs): ReachableVault {
  const parsed = reachableSchema.safeParse({ ...outputs, ...state });
  if (parsed.success) {
    return parsed.data;
  }
  const external = externalSchema.safeParse(outputs);
  const isBare = state.vaultAddress === undefined && state.vaultClusterId === undefined;
  if (external.success && isBare) {
    const { vaultAddress: address } = external.data;
    throw new VaultNotOperated(
      `the Vault of stack ${stack}, ${address}, is not the stack's own (vault.mode is external). ` +
        `Operate it with its own tools: VAULT_ADDR=${address} vault status`,
    );
  }
  if (vaultlessSchema.safeParse(outputs).success && isBare) {
    throw new VaultNotOperated(
      `stack ${stack} has no Vault: its configuration had no \`vault\` block when its last update came to an end. ` +
        "To give it one, write the block and run `pulumi up`.",
    );
  }
  const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? "all")))];
  throw actionNeeded(
    `stack ${stack} has no Vault of its own that could be operated: its outputs and its state lack ${names.join(", ")}. ` +
      "Run `pulumi up` first.",
  );
}

/**
 * Reads what opens the memory of a stack's bootstrap, which its state alone has.
 * @throws Failure if the state can't be read, or has nothing of the kind.
 */
export async function journalAccess(stack: string, folder: string): Promise<JournalAccess> {
  return recordedJournalAccess(stack, await exportState(stack, folder));
}

async function readOutputs(stack: string, folder: string): Promise<object> {
  const args = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
  return z.looseObject({}).parse(await pulumiJson(args, folder));
}

async function readState(stack: string, folder: string): Promise<RecordedOutputs> {
  return recordedOutputs(stack, await exportState(stack, folder));
}

function exportState(stack: string, folder: string): Promise<unknown> {
  return pulumiJson(["stack", "export", "--show-secrets", "--stack", stack], folder);
}
