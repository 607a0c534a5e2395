import type { CheckFailure } from "../frame/provider.ts";
import { isList, isProperties, UNKNOWN } from "../frame/values.ts";
import type { Properties, PropertyValue } from "../frame/values.ts";
import { isInput } from "./field.ts";
import type { Field, Fields } from "./field.ts";

/** Finds inputs that are missing, of a wrong type, not allowed, or not known at all. Unknown values pass. */
export function checkInputs(fields: Fields, inputs: Properties, prefix = ""): readonly CheckFailure[] {
  const inputNames = Object.keys(fields).filter((name) => isInput(fields[name]));
  const given = Object.entries(inputs).flatMap(([name, value]) => {
    const property = `${prefix}${name}`;
    const field = fields[name];
    if (field === undefined) {
      return [{ property, reason: `there is no such property; known are: ${inputNames.join(", ")}` }];
    }
    return value === undefined || value === null ? [] : checkValue(field, value, property);
  });
  const missing = inputNames
    .filter((name) => isRequired(fields[name]) && (inputs[name] === undefined || inputs[name] === null))
    .map((name) => ({ property: `${prefix}${name}`, reason: "is required, but missing" }));
  return [...given, ...missing];
}

function isRequired(field: Field | undefined): boolean {
  return isInput(field) && field.required === true;
}

function checkValue(field: Field, value: PropertyValue, property: string): readonly CheckFailure[] {
  if (value === UNKNOWN) {
    return [];
  }
  const failure = (reason: string) => [{ property, reason }];
  const mismatch = (wanted: string) =>
    failure(`must be ${wanted}, but is ${describe(value, isInput(field) && field.secret === true)}`);
  switch (field.kind) {
    case "output":
      return failure("is set by the API; leave it out");
    case "refused":
      return failure(`${field.reason}; this offline plugin does not follow it, so leave it out`);
    case "text":
      if (typeof value !== "string") {
        return mismatch("text");
      }
      return field.allowed === undefined || field.allowed.includes(value)
        ? []
        : mismatch(`one of ${field.allowed.join(", ")}`);
    case "whole number":
      if (typeof value !== "number" || !Number.isInteger(value)) {
        return mismatch("a whole number");
      }
      return field.minimum === undefined || value >= field.minimum
        ? []
        : mismatch(`at least ${String(field.minimum)}`);
    case "boolean":
      return typeof value === "boolean" ? [] : mismatch("true or false");
    case "map":
      if (!isProperties(value)) {
        return mismatch("a map of text");
      }
      return Object.entries(value).flatMap(([name, member]) =>
        member === undefined ? [] : checkValue({ kind: "text" }, member, `${property}.${name}`),
      );
    case "object":
      return isProperties(value) ? checkInputs(field.fields, value, `${property}.`) : mismatch("an object");
    case "list":
    case "set":
      if (!isList(value)) {
        return mismatch("a list");
      }
      if (value.length < (field.minimum ?? 0)) {
        return failure(`must have at least ${String(field.minimum)} item, but has none`);
      }
      return value.flatMap((item, index) => checkValue(field.item, item, `${property}[${String(index)}]`));
  }
}

function describe(value: PropertyValue, secret: boolean): string {
  if (isList(value)) {
    return "a list";
  }
  if (isProperties(value)) {
    return "an object";
  }
  return secret ? `something else (a ${typeof value})` : JSON.stringify(value);
}
