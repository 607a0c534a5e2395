import type { PulumiCli } from "./pulumi.ts";
import type { Stack } from "./project.ts";

/** A resource in a stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** The provider's id; absent while it is being created, and for components. */
  readonly id?: string;
  /** When it was complete (RFC 3339). */
  readonly created?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

interface Deployment {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

/** Resources that a killed update was about to create: they may exist without the stack knowing of it. */
export async function pendingCreations(pulumi: PulumiCli, stack: Stack): Promise<readonly StateResource[]> {
  const { deployment } = await readState(pulumi, stack);
  return (deployment.pending_operations ?? [])
    .filter(({ type }) => type === "creating")
    .map(({ resource }) => resource);
}

/** What a stack has made. */
export async function stateResources(pulumi: PulumiCli, stack: string): Promise<readonly StateResource[]> {
  return (await readState(pulumi, stack)).deployment.resources ?? [];
}

/** Names of the stacks that exist. */
export async function existingStacks(pulumi: PulumiCli): Promise<readonly string[]> {
  const list = JSON.parse(await pulumi.run(["stack", "ls", "--json"])) as { name: string }[];
  return list.map(({ name }) => name);
}

async function readState(pulumi: PulumiCli, stack: string): Promise<Deployment> {
  return JSON.parse(await pulumi.run(["stack", "export", "--stack", stack])) as Deployment;
}
