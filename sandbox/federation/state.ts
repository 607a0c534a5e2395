import type { PulumiCli } from "./pulumi.ts";

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
}

interface Deployment {
  readonly deployment: {
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: StateResource }[];
  };
}

/** Reads a stack's state. */
export async function readState(pulumi: PulumiCli, stack: string): Promise<StackState> {
  const exported = await pulumi.run(["stack", "export", "--stack", stack]);
  const { resources = [], pending_operations: pending = [] } = (JSON.parse(exported) as Deployment)
    .deployment;
  return {
    resources,
    pendingCreations: pending.filter(({ type }) => type === "creating").map(({ resource }) => resource),
  };
}

/** What a stack has made. */
export async function stateResources(pulumi: PulumiCli, stack: string): Promise<readonly StateResource[]> {
  return (await readState(pulumi, stack)).resources;
}

/** Names of the stacks that exist. */
export async function existingStacks(pulumi: PulumiCli): Promise<readonly string[]> {
  const list = JSON.parse(await pulumi.run(["stack", "ls", "--json"])) as { name: string }[];
  return list.map(({ name }) => name);
}
