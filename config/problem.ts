import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Full name of the property, such as `vault-federation:cluster.region`. */
  readonly property: string;
  /** What stands there. */
  readonly received: string;
  /** What may stand there. */
  readonly allowed: string;
  /** What to type next. */
  readonly remedy: string;
}

/** The configuration of a stack can't be used. The message lists every problem; Pulumi shows it without a stack trace. */
export class ConfigurationError extends pulumi.RunError {
  constructor(stack: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    const rows = problems.map(
      ({ property, received, allowed, remedy }) =>
        `  ${property}\n    received  ${received}\n    allowed   ${allowed}\n    remedy    ${remedy}`,
    );
    super(`the configuration of stack "${stack}" has ${count}:\n\n${rows.join("\n\n")}\n`);
  }
}

/** Turns a finding of the schema into problems: one, or one for each property that nobody knows. */
export function explain(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const property = propertyName([...issue.path, key]);
      return {
        property,
        received: "a property that does not exist",
        allowed: "the properties that Pulumi.hub.yaml explains",
        remedy: configCommand("rm", property),
      };
    });
  }
  const property = propertyName(issue.path);
  if (issue.code === "invalid_key") {
    const rules = issue.issues.map(({ message }) => message);
    return [
      { property, received: "such a name", allowed: rules.join(", "), remedy: `rename it in ${stackFile()}` },
    ];
  }
  const input = inputOf(issue);
  return [
    {
      property,
      received: input === undefined ? "nothing" : JSON.stringify(input),
      allowed: issue.message,
      remedy: isAboutStructure(issue, input)
        ? `edit it in ${stackFile()}`
        : `${configCommand("set", property)} <value>`,
    },
  ];
}

/** What stands at the issue's path. Of a wrong discriminator the schema hands over the object around it. */
function inputOf(issue: z.core.$ZodIssue): unknown {
  return issue.code === "invalid_union" && issue.discriminator !== undefined
    ? (issue.input as Record<string, unknown>)[issue.discriminator]
    : issue.input;
}

/** `pulumi config set` can write a single value only. */
function isAboutStructure(issue: z.core.$ZodIssue, input: unknown): boolean {
  const isStructureExpected =
    issue.code === "invalid_type" && ["object", "record", "array"].includes(issue.expected);
  return isStructureExpected || (typeof input === "object" && input !== null);
}

/** The command that changes a property of the current stack, whichever one is selected. */
export function configCommand(verb: "set" | "set --secret" | "rm", property: string): string {
  return `pulumi config ${verb} --stack ${pulumi.getStack()} --path ${quoted(property)}`;
}

/** The file that holds the configuration of the current stack. */
export function stackFile(): string {
  return `Pulumi.${pulumi.getStack()}.yaml`;
}

/** The full name of a property, as `pulumi config --path` takes it. */
export function propertyName(path: readonly PropertyKey[]): string {
  const [top, ...rest] = path;
  const steps = rest.map((step) => {
    if (typeof step === "number") {
      return `[${step}]`;
    }
    const name = String(step);
    return /^\w+$/.test(name) ? `.${name}` : `["${name}"]`;
  });
  return `${pulumi.getProject()}:${String(top)}${steps.join("")}`;
}

function quoted(property: string): string {
  return `'${property}'`;
}
