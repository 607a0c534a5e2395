import type { Workspace } from "./workspace.ts";

/** A resource as the stack's state has it. */
export interface StoredResource {
  readonly urn: string;
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
}

/** The stack's outputs, with secrets in plain text. */
export async function outputsOf(workspace: Workspace): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await workspace.succeed("stack", "output", "--json", "--show-secrets")) as Record<
    string,
    unknown
  >;
}

/** Everything in the stack's state. */
export async function resourcesOf(workspace: Workspace): Promise<readonly StoredResource[]> {
  const state = JSON.parse(await workspace.succeed("stack", "export")) as {
    deployment: { resources?: StoredResource[] };
  };
  return state.deployment.resources ?? [];
}

/** One resource by its name in the program. @throws Error if the state doesn't have it. */
export async function resourceOf(workspace: Workspace, name: string): Promise<StoredResource> {
  const found = (await resourcesOf(workspace)).find(({ urn }) => urn.endsWith(`::${name}`));
  if (found === undefined) {
    throw new Error(`the state has no resource ${name}`);
  }
  return found;
}
