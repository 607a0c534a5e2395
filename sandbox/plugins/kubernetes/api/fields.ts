import { UNKNOWN, isList, isProperties } from "../../frame/values.ts";
import type { Properties, PropertyList, PropertyValue } from "../../frame/values.ts";

/** The value below nested members, `undefined` where one of them is missing or no map. */
export function valueAt(
  source: PropertyValue | undefined,
  ...names: readonly string[]
): PropertyValue | undefined {
  return names.reduce<PropertyValue | undefined>(
    (value, name) => (isProperties(value) ? value[name] : undefined),
    source,
  );
}

/** The text below nested members, `undefined` if it is not there or something else. */
export function textAt(source: PropertyValue | undefined, ...names: readonly string[]): string | undefined {
  const value = valueAt(source, ...names);
  return typeof value === "string" ? value : undefined;
}

/** The number below nested members, `undefined` if it is not there or something else. */
export function numberAt(source: PropertyValue | undefined, ...names: readonly string[]): number | undefined {
  const value = valueAt(source, ...names);
  return typeof value === "number" ? value : undefined;
}

/** The map below nested members, empty if it is not there or something else. */
export function mapAt(source: PropertyValue | undefined, ...names: readonly string[]): Properties {
  const value = valueAt(source, ...names);
  return isProperties(value) ? value : {};
}

/** The list below nested members, empty if it is not there or something else. */
export function listAt(source: PropertyValue | undefined, ...names: readonly string[]): PropertyList {
  const value = valueAt(source, ...names);
  return isList(value) ? value : [];
}

/**
 * A copy in which the value below nested members is another, and the maps above it exist; `undefined` removes it.
 * A map that is unknown as a whole stays so.
 */
export function withValueAt(
  source: Properties,
  names: readonly string[],
  value: PropertyValue | undefined,
): Properties {
  const [name, ...rest] = names;
  if (name === undefined || source[name] === UNKNOWN) {
    return source;
  }
  const changed = rest.length === 0 ? value : withValueAt(mapAt(source, name), rest, value);
  if (changed === undefined) {
    return Object.fromEntries(Object.entries(source).filter(([other]) => other !== name));
  }
  return { ...source, [name]: changed };
}
