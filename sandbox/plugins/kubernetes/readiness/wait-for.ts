import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { READY, conditionOf, waiting } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What an object has to look like, as annotation `pulumi.com/waitFor` says. */
export type Requirement =
  | { readonly kind: "condition"; readonly type: string; readonly status: string }
  /** @member value Any value will do if it is `undefined`. */
  | { readonly kind: "jsonpath"; readonly path: string; readonly value: string | undefined };

/**
 * Reads the annotation: `condition=Type[=Status]`, `jsonpath={path}[=value]`, or a JSON list of them.
 * @throws Error that says what can't be read.
 */
export function parseWaitFor(annotation: string): readonly Requirement[] {
  if (!annotation.trim().startsWith("[")) {
    return [parseRequirement(annotation.trim())];
  }
  let list: unknown;
  try {
    list = JSON.parse(annotation);
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every((item) => typeof item === "string")) {
    throw new Error(
      `annotation pulumi.com/waitFor is ${annotation}; a list must be JSON with at least one text in it`,
    );
  }
  return list.map(parseRequirement);
}

/** Whether an object meets all requirements. */
export async function assessRequirements(
  object: KubernetesObject,
  requirements: readonly Requirement[],
): Promise<Verdict> {
  for (const requirement of requirements) {
    const missing = await findMissing(object, requirement);
    if (missing !== undefined) {
      return waiting(missing);
    }
  }
  return READY;
}

function parseRequirement(text: string): Requirement {
  const [, type, status] = /^condition=([^=]+)(?:=(.+))?$/u.exec(text) ?? [];
  if (type !== undefined) {
    return { kind: "condition", type, status: status ?? "True" };
  }
  const [, path, value] = /^jsonpath=\{(.+?)\}(?:=(.*))?$/u.exec(text) ?? [];
  if (path !== undefined) {
    return {
      kind: "jsonpath",
      path: path.startsWith("$") ? path : `$${path.startsWith(".") ? "" : "."}${path}`,
      value,
    };
  }
  throw new Error(
    `annotation pulumi.com/waitFor is ${text}; it must be condition=TYPE, condition=TYPE=STATUS, ` +
      "jsonpath={PATH} or jsonpath={PATH}=VALUE",
  );
}

async function findMissing(object: KubernetesObject, requirement: Requirement): Promise<string | undefined> {
  if (requirement.kind === "condition") {
    const { type, status } = requirement;
    const condition = conditionOf(object, type);
    if (condition === undefined) {
      return `there is no condition ${type} yet`;
    }
    const isAsWanted = condition.status.toLowerCase() === status.toLowerCase();
    const detail = condition.message || condition.reason || "no reason given";
    return isAsWanted ? undefined : `condition ${type} is ${condition.status}, not ${status}: ${detail}`;
  }
  const { path, value } = requirement;
  // Few programs need it, and all would pay for loading it.
  const { JSONPath } = await import("jsonpath-plus");
  const found = JSONPath<unknown[]>({ path, json: object, eval: "safe", wrap: true });
  const present = found.filter((item) => item !== undefined && item !== null);
  if (value === undefined) {
    return present.length > 0 ? undefined : `there is nothing at ${path} yet`;
  }
  const texts = present.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  return texts.includes(value)
    ? undefined
    : `${path} is ${texts.length === 0 ? "not there" : texts.join(", ")}, not ${value}`;
}
