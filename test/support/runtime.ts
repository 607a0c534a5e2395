import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import * as pulumi from "@pulumi/pulumi";

/** How to set up the SDK's runtime. */
export interface RuntimeArgs {
  readonly stack: string;
  /** Configuration as the engine hands it over: full names, objects as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** As in `pulumi preview`: outputs that nobody gives are unknown. */
  readonly preview?: boolean;
  /** Answers to invokes; an invoke that is not here fails. */
  readonly invokes?: Readonly<Record<string, unknown>>;
  /** Outputs of stacks by their full names, secret ones as `{ secret: … }`; no other stack exists. Defaults to none. */
  readonly stacks?: StackOutputs;
  /** Outputs that the cloud would add to a resource's inputs. */
  readonly outputsOf?: (type: string) => Record<string, unknown>;
}

/** Outputs by the full names of the stacks that have them. */
export type StackOutputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What stands in the engine's place. Calls by the SDK arrive in it as they would arrive at the engine. */
export type Monitor = NonNullable<ReturnType<typeof pulumi.runtime.getMonitor>>;

/** The Pulumi project's folder, as the tests have it; its files go with the tests. */
export const projectFolder = mkdtempSync(join(tmpdir(), "vault-federation-project-"));
process.once("exit", () => {
  rmSync(projectFolder, { recursive: true, force: true });
});

/** What is used of the SDK's own state. */
interface RuntimeStore {
  readonly settings: { readonly options: { rootDirectory?: string } };
}

/** Sets the SDK's runtime up as if an engine had started the program. Each call starts from nothing. */
export async function startRuntime(args: RuntimeArgs): Promise<Monitor> {
  const { stack, config, preview = false, invokes = {}, stacks = {}, outputsOf = () => ({}) } = args;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => ({
        // Linode's ids are numbers, and the program takes them as such.
        id: preview ? undefined : type.startsWith("linode:") ? "4242" : `${name}-id`,
        state: { ...(inputs as Record<string, unknown>), ...outputsOf(type) },
      }),
      call: ({ token, inputs }) => {
        if (token === "pulumi:pulumi:readStackOutputs") {
          return readStack(stacks, (inputs as { name: string }).name);
        }
        if (!(token in invokes)) {
          throw new Error(`nobody said what to answer to the invoke ${token}`);
        }
        return invokes[token] as Record<string, unknown>;
      },
    },
    "vault-federation",
    stack,
    preview,
    "organization",
  );
  // The mocks take everything else that the engine tells a program.
  (globalThis as unknown as { globalStore: RuntimeStore }).globalStore.settings.options.rootDirectory =
    projectFolder;
  pulumi.runtime.setAllConfig({ ...config });
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) {
    throw new Error("the mocks have no monitor");
  }
  // The SDK's mocks say that hooks are supported, but lack the method that takes them.
  return Object.assign(monitor, {
    registerResourceHook: (_request: unknown, answer: (error: null, response: object) => void) => {
      answer(null, {});
    },
  });
}

/** Answers as the engine does. */
function readStack(stacks: StackOutputs, name: string): Record<string, unknown> {
  const outputs = stacks[name];
  if (outputs === undefined) {
    const details = `unknown stack "${name}"`;
    // The SDK takes its message from where gRPC has it.
    throw Object.assign(new Error(details), { details });
  }
  const isSecret = (value: unknown): value is { secret: unknown } =>
    typeof value === "object" && value !== null && "secret" in value;
  const entries = Object.entries(outputs);
  return {
    name,
    outputs: Object.fromEntries(entries.map(([key, value]) => [key, isSecret(value) ? value.secret : value])),
    secretOutputNames: entries.filter(([, value]) => isSecret(value)).map(([key]) => key),
  };
}
