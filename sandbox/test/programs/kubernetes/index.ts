import { readFileSync } from "node:fs";
import * as kubernetes from "@pulumi/kubernetes";
import { Config, output, secret } from "@pulumi/pulumi";
import type { CustomResource, CustomResourceOptions } from "@pulumi/pulumi";
import type { Plan } from "../../engine/support/plan.ts";

// Declares what plan.json says, so that each test has a program of its own in a few lines.
const plan = JSON.parse(readFileSync("plan.json", "utf8")) as Plan;
const provider = new kubernetes.Provider("cluster", {
  kubeconfig: new Config().requireSecret("kubeconfig"),
  ...plan.provider,
});
const declared = new Map<string, CustomResource>();

type Constructor = new (name: string, args: object, options: CustomResourceOptions) => CustomResource;

function findClass(path: string): Constructor {
  return path
    .split(".")
    .reduce<unknown>((found, name) => (found as Record<string, unknown>)[name], kubernetes) as Constructor;
}

function findDeclared(name: string): CustomResource {
  const found = declared.get(name);
  if (found === undefined) {
    throw new Error(`plan.json refers to ${name}, which is not declared before`);
  }
  return found;
}

/** The value below members of a resource; the first one is an output. */
function walk(resource: CustomResource, [first = "", ...rest]: readonly string[]): unknown {
  const step = (source: unknown, name: string) => (source as Record<string, object>)[name];
  return output(step(resource, first)).apply((value) => rest.reduce<unknown>(step, value));
}

/** Replaces `{ $secret }` and `{ $output: "resource.member.member" }` by what they stand for. */
function resolve(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(resolve);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const fields = value as Record<string, unknown>;
  if (fields.$secret !== undefined) {
    return secret(resolve(fields.$secret));
  }
  if (typeof fields.$output === "string") {
    const [name = "", ...members] = fields.$output.split(".");
    return walk(findDeclared(name), members);
  }
  return Object.fromEntries(Object.entries(fields).map(([name, member]) => [name, resolve(member)]));
}

for (const { name, class: path, args, options } of plan.resources) {
  const Class = findClass(path);
  const dependsOn = (options?.dependsOn ?? []).map(findDeclared);
  const ignoreChanges = [...(options?.ignoreChanges ?? [])];
  declared.set(
    name,
    new Class(name, resolve(args) as object, { ...options, provider, dependsOn, ignoreChanges }),
  );
}
