import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/** One resource that a program registered, with what mocks alone do not tell: its parent and its options. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** Name of the parent; empty where that is the stack itself. */
  readonly parent: string;
  readonly custom: boolean;
  /** Name of the explicit provider, if any. */
  readonly provider: string;
  /** Inputs as they went over the wire; secrets and unknowns are marked. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a run of the program left behind. */
export interface Recording {
  readonly registrations: readonly Registration[];
  /** What the program exports. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Finds the one resource of that name and type. */
  one(type: string, name: string): Registration;
}

/** How to run the program. */
export interface RecordArgs {
  readonly stack: string;
  /** Configuration as the engine hands it over: full names, objects as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** As in `pulumi preview`: outputs that the mocks do not give are unknown. */
  readonly preview: boolean;
  /** Outputs that the cloud would add to a resource's inputs. */
  readonly outputsOf: (type: string, inputs: Record<string, unknown>) => Record<string, unknown>;
  /** Answers to invokes; an invoke that is not here fails the run. */
  readonly invokes: Readonly<Record<string, unknown>>;
}

const secretMark = "4dabf18193072939515e22adb298388d";
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

let run = 0;

/** Runs the whole program, index.ts included, without an engine, and records what it registers. */
export async function record(args: RecordArgs): Promise<Recording> {
  const project = "vault-federation";
  await pulumi.runtime.setMocks(
    {
      newResource: ({
        type,
        name,
        inputs,
      }: {
        type: string;
        name: string;
        inputs: Record<string, unknown>;
      }) => ({
        id: args.preview ? undefined : `${name}-id`,
        state: { ...inputs, ...args.outputsOf(type, inputs) },
      }),
      call: ({ token }) => {
        if (!(token in args.invokes)) {
          throw new Error(`nobody said what to answer to the invoke ${token}`);
        }
        return args.invokes[token] as Record<string, unknown>;
      },
    },
    project,
    args.stack,
    args.preview,
  );
  pulumi.runtime.setAllConfig({ ...args.config });

  const registrations: Registration[] = [];
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) {
    throw new Error("the mocks have no monitor");
  }
  const registerResource = monitor.registerResource.bind(monitor) as (
    request: unknown,
    answer: unknown,
  ) => void;
  Object.assign(monitor, {
    registerResource: (request: RegisterResourceRequest, answer: unknown) => {
      registrations.push(registration(request));
      registerResource(request, answer);
    },
    registerResourceHook: (_request: unknown, answer: (error: null, response: object) => void) => {
      answer(null, {});
    },
  });

  run += 1;
  const program = (await import(`../../index.ts?run=${run}`)) as { default: Record<string, unknown> };
  const outputs = program.default;
  await pulumi.runtime.disconnect();

  registrations.sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`, "en"));
  return {
    registrations,
    outputs,
    one(type, name) {
      const found = registrations.filter((candidate) => candidate.type === type && candidate.name === name);
      if (found.length !== 1 || found[0] === undefined) {
        throw new Error(`${found.length} resources are of type ${type} and named ${name}`);
      }
      return found[0];
    },
  };
}

function registration(request: RegisterResourceRequest): Registration {
  const options: Record<string, unknown> = {
    protect: request.getProtect(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    beforeUpdate: request.getHooks()?.getBeforeUpdateList() ?? [],
  };
  const set = Object.entries(options).filter(
    ([, value]) => value !== false && !(Array.isArray(value) && value.length === 0),
  );
  return {
    type: request.getType(),
    name: request.getName(),
    parent: nameOf(request.getParent()),
    custom: request.getCustom(),
    provider: nameOf(request.getProvider()),
    inputs: readable(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
    options: Object.fromEntries(set),
  };
}

/** The last part of a URN, or of a provider reference (a URN and an id). */
function nameOf(reference: string): string {
  return reference.split("::")[3] ?? "";
}

/** Replaces the wire's marks by words, and the serialised code of dynamic resources, which changes with every edit. */
function readable(value: unknown): unknown {
  if (value === unknownMark) {
    return "<unknown>";
  }
  if (Array.isArray(value)) {
    return value.map(readable);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (secretMark in value) {
    return { secret: readable("value" in value ? value.value : undefined) };
  }
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b, "en"))
      .map(([key, member]) => [key, key === "__provider" ? "<code>" : readable(member)]),
  );
}

/** The value of an output; rejects if it is unknown. */
export async function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  output.apply(resolve);
  return promise;
}
