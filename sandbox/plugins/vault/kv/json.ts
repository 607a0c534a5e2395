import { isList, isProperties } from "../../frame/values.ts";
import type { PropertyValue } from "../../frame/values.ts";

/** Writes JSON text with sorted names and without spaces; what is no JSON object stays as it is. */
export function canonicalJson(text: string): string {
  const value = parseObject(text);
  return value === undefined ? text : JSON.stringify(sorted(value));
}

/** Reads JSON text that has to be an object; `undefined` if it is not. */
export function parseObject(text: string): Readonly<Record<string, PropertyValue>> | undefined {
  try {
    const value = JSON.parse(text) as PropertyValue;
    return isProperties(value) ? (value as Readonly<Record<string, PropertyValue>>) : undefined;
  } catch {
    return undefined;
  }
}

function sorted(value: PropertyValue): PropertyValue {
  if (isList(value)) {
    return value.map(sorted);
  }
  return isProperties(value)
    ? Object.fromEntries(
        Object.entries(value)
          .toSorted(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, member]) => [name, sorted(member ?? null)]),
      )
    : value;
}
