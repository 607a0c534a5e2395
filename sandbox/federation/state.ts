import type { PulumiCli } from "./pulumi.ts";

/** Type of the clusters. */
export const clusterType = "linode:index/lkeCluster:LkeCluster";

/** A resource in a stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** The provider's id; absent while it is being created, and for components. */
  readonly id?: string;
  /** When it was complete (RFC 3339). */
  readonly created?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What a stack knows, and what it may not know. */
export interface StackState {
  /** What it has made. */
  readonly resources: readonly StateResource[];
  /** What a killed update was about to create: it may exist without the stack knowing of it. They have inputs, but no id. */
  readonly pendingCreations: readonly StateResource[];
  /** What a killed update was about to change. */
  readonly pendingUpdates: readonly StateResource[];
}

/** How messages call a resource: its type, and its name in the program. */
export function resourceName({ urn, type }: StateResource): string {
  return `${type} ${urn.split("::").at(-1) ?? ""}`;
}

interface Deployment {
  readonly deployment: {
    readonly resources?: readonly (StateResource & {
      /** URN of the resource whose deletion takes this one along. */
      deletedWith?: string;
    })[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

/** Reads a stack's state. */
export async function readState(pulumi: PulumiCli, stack: string): Promise<StackState> {
  const exported = await pulumi.run(["stack", "export", "--stack", stack]);
  const { resources = [], pending_operations: pending = [] } = (JSON.parse(exported) as Deployment)
    .deployment;
  const pendingOf = (operation: string): readonly StateResource[] =>
    pending.filter(({ type }) => type === operation).map(({ resource }) => resource);
  return { resources, pendingCreations: pendingOf("creating"), pendingUpdates: pendingOf("updating") };
}

/** What a stack has made. */
export async function stateResources(pulumi: PulumiCli, stack: string): Promise<readonly StateResource[]> {
  return (await readState(pulumi, stack)).resources;
}

/**
 * Has the destruction of a stack delete what it would otherwise forget because it goes with the cluster, as a given cluster
 * stays. What is inside Vault still goes with Vault.
 */
export async function outliveCluster(pulumi: PulumiCli, stack: string): Promise<void> {
  const exported = JSON.parse(await pulumi.run(["stack", "export", "--stack", stack])) as Deployment;
  const { resources = [] } = exported.deployment;
  const tied = resources.filter(
    ({ type, deletedWith }) => deletedWith !== undefined && !type.startsWith("vault:"),
  );
  if (tied.length === 0) {
    return;
  }
  for (const resource of tied) {
    delete resource.deletedWith;
  }
  await pulumi.run(["stack", "import", "--stack", stack], { input: JSON.stringify(exported) });
}

/** Names of the stacks that exist. */
export async function existingStacks(pulumi: PulumiCli): Promise<readonly string[]> {
  const list = JSON.parse(await pulumi.run(["stack", "ls", "--json"])) as { name: string }[];
  return list.map(({ name }) => name);
}
