import { UNKNOWN, hasUnknown, isProperties } from "../frame/values.ts";
import type { Properties, PropertyValue } from "../frame/values.ts";
import type { CheckFailure } from "../frame/provider.ts";

/** What one input of a random resource may be. */
export interface Field {
  readonly type: "text" | "whole number" | "boolean" | "map of text";
  /** Whether the program has to give it. Defaults to false. */
  readonly required?: boolean;
  /** Smallest number. */
  readonly minimum?: number;
  /** Value if the program gives none; `undefined` for none. */
  readonly default?: PropertyValue;
}

/** Inputs by name. */
export type Fields = Readonly<Record<string, Field>>;

/** Fills in the defaults of inputs that are not given. */
export function withDefaults(fields: Fields, inputs: Properties): Properties {
  const defaults = Object.entries(fields).map(([name, field]) => [name, inputs[name] ?? field.default]);
  return { ...inputs, ...(Object.fromEntries(defaults) as Properties) };
}

/** Finds inputs that are missing, of a wrong type, too small, or not known at all. Unknown values pass. */
export function checkFields(fields: Fields, inputs: Properties): readonly CheckFailure[] {
  const unexpected = Object.keys(inputs)
    .filter((name) => !(name in fields))
    .map((property) => ({
      property,
      reason: `there is no such property; known are: ${Object.keys(fields).join(", ")}`,
    }));
  const invalid = Object.entries(fields).flatMap(([property, field]) => {
    const reason = problem(field, inputs[property]);
    return reason === undefined ? [] : [{ property, reason }];
  });
  return [...unexpected, ...invalid];
}

function problem(field: Field, value: PropertyValue | undefined): string | undefined {
  if (value === undefined || value === null) {
    return field.required === true ? `is required: set it to a ${field.type}` : undefined;
  }
  if (value === UNKNOWN) {
    return undefined;
  }
  if (!hasType(field.type, value)) {
    return `must be a ${field.type}, but is ${hasUnknown(value) ? "partly unknown" : JSON.stringify(value)}`;
  }
  if (typeof value === "number" && field.minimum !== undefined && value < field.minimum) {
    return `must be at least ${String(field.minimum)}, but is ${String(value)}`;
  }
  return undefined;
}

function hasType(type: Field["type"], value: PropertyValue): boolean {
  switch (type) {
    case "text":
      return typeof value === "string";
    case "whole number":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "map of text":
      return (
        isProperties(value) &&
        Object.values(value).every((member) => typeof member === "string" || member === UNKNOWN)
      );
  }
}
