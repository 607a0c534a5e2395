import { z } from "zod";

import { actionNeeded } from "../failure.ts";

/** A stack's state, as `pulumi stack export --show-secrets` prints it. */
const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          // One that an update has replaced already, but not yet deleted.
          delete: z.boolean().optional(),
          outputs: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  }),
});

type Resource = NonNullable<z.infer<typeof stateSchema>["deployment"]["resources"]>[number];

/** Which component says what the stack's outputs say. */
const sources = {
  kubeconfig: ["vault-federation:cluster:LkeCluster", "kubeconfig"],
  caBundle: ["vault-federation:certificates:CertManager", "caBundle"],
  vaultAddress: ["vault-federation:vault:VaultServer", "address"],
  vaultClusterId: ["vault-federation:vault:VaultBootstrap", "clusterId"],
  vaultKeyShares: ["vault-federation:vault:VaultBootstrap", "shares"],
} as const;

/** What a stack's state says under the names of the stack's outputs; undefined for what it does not know. */
export type RecordedOutputs = Readonly<Record<keyof typeof sources, unknown>>;

/**
 * Reads from a stack's state what its outputs would say. An update that ends early writes no outputs, but each of its
 * components has left its own.
 * @param state The exported state, with secrets shown.
 * @throws Failure if an update that makes the region anew has not come to its end, so that it is there twice.
 */
export function recordedOutputs(stack: string, state: unknown): RecordedOutputs {
  const present = presentResources(state);
  const read = ([type, name]: readonly [string, string]): unknown =>
    reveal(onlyOne(stack, type, present)?.outputs?.[name]);
  return {
    kubeconfig: read(sources.kubeconfig),
    caBundle: read(sources.caBundle),
    vaultAddress: read(sources.vaultAddress),
    vaultClusterId: read(sources.vaultClusterId),
    vaultKeyShares: read(sources.vaultKeyShares),
  };
}

/** What opens the memory of a region's bootstrap. */
export interface JournalAccess {
  readonly key: Buffer;
  /** Id of the Kubernetes cluster that the memory must be of. */
  readonly kubernetesClusterId: string;
}

const journalAccessSchema = z.object({ journalKey: z.string(), kubernetesClusterId: z.string() });

/**
 * Reads from a stack's state what opens the memory of its bootstrap.
 * @param state The exported state, with secrets shown.
 * @throws Failure if no bootstrap has come to its end, or the region is there twice.
 */
export function recordedJournalAccess(stack: string, state: unknown): JournalAccess {
  const run = onlyOne(
    stack,
    "pulumi-nodejs:dynamic/vault-federation:VaultBootstrap",
    presentResources(state),
  );
  const told = Object.entries(run?.outputs ?? {}).map(([name, value]) => [name, reveal(value)] as const);
  const parsed = journalAccessSchema.safeParse(Object.fromEntries(told));
  if (!parsed.success) {
    throw actionNeeded(
      `the state of stack ${stack} knows of no bootstrap of Vault that has come to its end. Run \`pulumi up --stack ${stack}\` first.`,
    );
  }
  const { journalKey, kubernetesClusterId } = parsed.data;
  return { key: Buffer.from(journalKey, "base64"), kubernetesClusterId };
}

function presentResources(state: unknown): Resource[] {
  const resources = stateSchema.parse(state).deployment.resources ?? [];
  return resources.filter((resource) => resource.delete !== true);
}

function onlyOne(stack: string, type: string, resources: readonly Resource[]): Resource | undefined {
  const found = resources.filter((resource) => resource.type === type);
  if (found.length > 1) {
    const names = found.map(({ urn }) => urn.split("::").at(-1) ?? urn);
    throw actionNeeded(
      `stack ${stack} is between two regions: its state has ${names.join(" and ")}, and no outputs say which one counts. ` +
        `Run \`pulumi up --stack ${stack}\` to its end first.`,
    );
  }
  return found[0];
}

/** Marks of a secret in a state. Source: sdk/go/common/resource/sig and apitype/plaintext of Pulumi. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Takes a secret out of its wrapping. */
function reveal(value: unknown): unknown {
  const secret = z
    .object({ [signature]: z.literal(secretSignature), plaintext: z.string() })
    .safeParse(value);
  return secret.success ? (JSON.parse(secret.data.plaintext) as unknown) : value;
}
