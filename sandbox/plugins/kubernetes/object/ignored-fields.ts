import { isList, isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { isOwnedByOthers } from "./managed-fields.ts";

/**
 * The object to apply where the program leaves some fields as they are (`ignoreChanges`): a field of another manager is
 * left out, so that it stays the other's; one of our own keeps its live value, as leaving it out would remove it.
 * @param paths In Pulumi's notation; paths with `*` are left to the engine, which has put the old values back.
 */
export function withoutIgnored(
  object: Properties,
  paths: readonly string[],
  live: KubernetesObject,
  manager: string,
): Properties {
  return paths.reduce<Properties>((result, path) => {
    const steps = parsePath(path);
    if (steps.includes("*")) {
      return result;
    }
    const value = isOwnedByOthers(live, steps, manager) ? undefined : valueAtPath(live, steps);
    return withPath(result, steps, value) as Properties;
  }, object);
}

/** Reads a path such as `spec.containers[0].image` or `metadata.annotations["example.com/a"]`. */
export function parsePath(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[\*\]|([^.[\]]+)/gu)].map(
    ([whole, quoted, index, name]) =>
      whole === "[*]"
        ? "*"
        : index !== undefined
          ? Number(index)
          : (quoted?.replaceAll('\\"', '"') ?? name ?? ""),
  );
}

function valueAtPath(
  source: PropertyValue | undefined,
  steps: readonly (string | number)[],
): PropertyValue | undefined {
  return steps.reduce<PropertyValue | undefined>(
    (value, step) =>
      isList(value) ? value[Number(step)] : isProperties(value) ? value[String(step)] : undefined,
    source,
  );
}

/** A copy with another value at a path that exists; a path that does not is left alone. */
function withPath(
  source: PropertyValue | undefined,
  steps: readonly (string | number)[],
  value: PropertyValue | undefined,
): PropertyValue | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) {
    return value;
  }
  if (isList(source)) {
    return source.flatMap((item, index) => {
      const changed = index === step ? withPath(item, rest, value) : item;
      return changed === undefined ? [] : [changed];
    });
  }
  if (isProperties(source) && step in source) {
    return { ...source, [step]: withPath(source[step], rest, value) };
  }
  return source;
}
