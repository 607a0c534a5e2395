import * as pulumi from "@pulumi/pulumi";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb.js";

import { startRuntime, type RuntimeArgs } from "./runtime.ts";

/** One resource that a program registered, with what mocks alone do not tell: its parent and its options. */
export interface Registration {
  readonly type: string;
  /** Name without the region, which all names hold. */
  readonly name: string;
  readonly fullName: string;
  /** Name of the parent; empty where that is the stack itself. */
  readonly parent: string;
  readonly custom: boolean;
  /** Name of the explicit provider, if any. */
  readonly provider: string;
  /** Names of the resources that come first: those that its inputs come from, and those that it names. */
  readonly dependencies: readonly string[];
  /** Inputs as they went over the wire; secrets and unknowns are marked. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What a component says of itself when its children are there; marked in the same way. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  /** The serialised code of a dynamic resource; empty for others. */
  readonly code: string;
}

/** What a run of the program left behind. */
export interface Recording {
  readonly registrations: readonly Registration[];
  /** What the program exports; secrets and unknowns are marked as in a registration. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Finds the one resource of that type and name. */
  one(type: string, name: string): Registration;
}

const secretMark = "4dabf18193072939515e22adb298388d";
const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** What stands in a recording for a value that only an update would know. */
export const unknown = "<unknown>";

let run = 0;

/** Runs the whole program, index.ts included, without an engine, and records what it registers. */
export function record(args: RuntimeArgs): Promise<Recording> {
  return observe(args, async () => {
    run += 1;
    const program = (await import(`../../index.ts?run=${run}`)) as { default: Record<string, unknown> };
    return program.default;
  });
}

/** Declares components without a program around them, and records what they register. */
export function recordComponents(declare: () => void, preview = false): Promise<Recording> {
  return observe({ stack: "hub", config: {}, preview }, () => {
    declare();
    return Promise.resolve({});
  });
}

async function observe(
  args: RuntimeArgs,
  program: () => Promise<Record<string, unknown>>,
): Promise<Recording> {
  const monitor = await startRuntime(args);
  const requests: RegisterResourceRequest[] = [];
  const componentOutputs = new Map<string, Record<string, unknown>>();
  const { registerResource, registerResourceOutputs } = monitor as unknown as Record<
    "registerResource" | "registerResourceOutputs",
    (request: unknown, answer: unknown) => void
  >;
  Object.assign(monitor, {
    registerResource: (request: RegisterResourceRequest, answer: unknown) => {
      requests.push(request);
      registerResource.call(monitor, request, answer);
    },
    registerResourceOutputs: (request: RegisterResourceOutputsRequest, answer: unknown) => {
      componentOutputs.set(identityOf(request.getUrn()), request.getOutputs()?.toJavaScript() ?? {});
      registerResourceOutputs.call(monitor, request, answer);
    },
  });

  const exported = await program();
  await pulumi.runtime.disconnect();

  const place = `-${String(exported.region)}`;
  const registrations = requests
    .map((request) =>
      registration(request, place, componentOutputs.get(`${request.getType()} ${request.getName()}`)),
    )
    .sort((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`, "en"));
  return {
    registrations,
    outputs: await settledOutputs(exported),
    one(type, name) {
      const found = registrations.filter((candidate) => candidate.type === type && candidate.name === name);
      if (found.length !== 1 || found[0] === undefined) {
        throw new Error(`${found.length} resources are of type ${type} and named ${name}`);
      }
      return found[0];
    },
  };
}

function registration(
  request: RegisterResourceRequest,
  place: string,
  outputs?: Record<string, unknown>,
): Registration {
  const shortName = (reference: string): string => nameOf(reference).replace(place, "");
  const { __provider: code = "", ...inputs } = request.getObject()?.toJavaScript() ?? {};
  const options = {
    protect: request.getProtect(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    retainOnDelete: request.getRetainondelete(),
    deletedWith: shortName(request.getDeletedwith()),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    customTimeouts: Object.values(request.getCustomtimeouts()?.toObject() ?? {}).filter(
      (time) => time !== "",
    ),
    hooks: Object.entries(request.getHooks()?.toObject() ?? {}).flatMap(([kind, names]) =>
      names.map((name) => `${kind.replace(/List$/, "")}: ${name}`),
    ),
  };
  const given = Object.entries(options).filter(
    ([, value]) =>
      value !== undefined && value !== false && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  return {
    type: request.getType(),
    name: request.getName().replace(place, ""),
    fullName: request.getName(),
    parent: shortName(request.getParent()),
    custom: request.getCustom(),
    provider: shortName(request.getProvider()),
    dependencies: request.getDependenciesList().map(shortName).sort(),
    inputs: readable(inputs) as Record<string, unknown>,
    outputs: readable(outputs ?? {}) as Record<string, unknown>,
    options: Object.fromEntries(given),
    code: code as string,
  };
}

/** The last part of a URN, or of a provider reference (a URN and an id). */
function nameOf(reference: string): string {
  return reference.split("::")[3] ?? "";
}

/** Type and name of the resource that a URN means; the types of its ancestors stand before its own. */
function identityOf(urn: string): string {
  return `${urn.split("::")[2]?.split("$").at(-1) ?? ""} ${nameOf(urn)}`;
}

/** Replaces the wire's marks by words, and sorts keys. */
function readable(value: unknown): unknown {
  if (value === unknownMark) {
    return unknown;
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
      .map(([key, member]) => [key, readable(member)]),
  );
}

/** The SDK's own view of an output: unlike `apply` it also tells of an output that will never be known. */
interface OutputInternals {
  readonly isKnown: Promise<boolean>;
  promise(): Promise<unknown>;
}

async function settledOutputs(exported: Record<string, unknown>): Promise<Record<string, unknown>> {
  const settled = Object.entries(exported).map(async ([name, value]) => {
    const output = pulumi.output(value);
    const internals = output as unknown as OutputInternals;
    const content = (await internals.isKnown) ? await internals.promise() : unknown;
    return [name, (await pulumi.isSecret(output)) ? { secret: content } : content] as const;
  });
  return Object.fromEntries(await Promise.all(settled));
}
