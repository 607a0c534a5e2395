import { isList, isProperties, sameValue, UNKNOWN } from "../frame/values.ts";
import type { Properties, PropertyList, PropertyValue } from "../frame/values.ts";
import { type Field, type Fields, isFilledIn, isInput } from "./field.ts";

/**
 * The inputs that a state amounts to, for comparison with what the program wants: what the API filled in by itself is
 * left out, and so is what is merely empty; sets of the same items are in the order that the program has them.
 * @param wanted The program's inputs.
 */
export function inputsOf(fields: Fields, state: Properties, wanted: Properties): Properties {
  const inputs = Object.entries(fields).map(([name, field]) => [
    name,
    inputOf(field, state[name] ?? undefined, wanted[name] ?? undefined),
  ]);
  return compact(Object.fromEntries(inputs) as Properties);
}

function inputOf(
  field: Field,
  state: PropertyValue | undefined,
  wanted: PropertyValue | undefined,
): PropertyValue | undefined {
  if (!isInput(field) || (wanted === undefined && (field.computed === true || isEmpty(state)))) {
    return undefined;
  }
  if (field.writeOnly === true) {
    return wanted;
  }
  if (isEmpty(state) && isEmpty(wanted)) {
    return wanted;
  }
  if (field.kind === "object" && isProperties(state)) {
    return inputsOf(field.fields, state, isProperties(wanted) ? wanted : {});
  }
  if ((field.kind === "list" || field.kind === "set") && isList(state)) {
    const counterparts = isList(wanted) ? wanted : [];
    const items = state.flatMap((item, index) => {
      const input = inputOf(field.item, item, counterparts[index] ?? emptyLike(item));
      return input === undefined ? [] : [input];
    });
    return field.kind === "set" && sameSet(items, counterparts) ? counterparts : items;
  }
  return state;
}

/** The program's inputs in the form of `inputsOf`: nothing that is `null`, defaults filled in, text in its canonical form. */
export function wantedInputs(fields: Fields, inputs: Properties): Properties {
  const names = new Set([...Object.keys(inputs), ...Object.keys(fields)]);
  const known = [...names].map((name) => [name, wantedInput(fields[name], inputs[name])]);
  return compact(Object.fromEntries(known) as Properties);
}

/** A state without what must not be kept: values that are only written. */
export function keptState(fields: Fields, state: Properties): Properties {
  return Object.fromEntries(
    Object.entries(state).filter(([name]) => {
      const field = fields[name];
      return !(isInput(field) && field.writeOnly === true);
    }),
  );
}

/** What outlasts a change of the inputs: whatever the API fills in. */
export function lastingState(fields: Fields, state: Properties): Properties {
  return Object.fromEntries(
    Object.entries(state).filter(([name]) => {
      const field = fields[name];
      return field !== undefined && isFilledIn(field);
    }),
  );
}

function wantedInput(field: Field | undefined, value: PropertyValue | undefined): PropertyValue | undefined {
  if (value === undefined || value === null) {
    return field !== undefined && "default" in field ? field.default : undefined;
  }
  if (field?.kind === "text" && typeof value === "string") {
    return field.canonical?.(value) ?? value;
  }
  if (field?.kind === "object" && isProperties(value)) {
    return wantedInputs(field.fields, value);
  }
  if ((field?.kind === "list" || field?.kind === "set") && isList(value)) {
    return value.map((item) => wantedInput(field.item, item) ?? null);
  }
  return value;
}

/**
 * The outputs that a resource will have: what the program wants, on top of what there is.
 * @param state `undefined` before the resource exists; whatever only the API knows is unknown then.
 */
export function plannedState(fields: Fields, wanted: Properties, state: Properties | undefined): Properties {
  const outputs = Object.entries(fields).map(([name, field]) => [
    name,
    planned(field, wanted[name] ?? undefined, state?.[name] ?? undefined, state !== undefined),
  ]);
  return compact(Object.fromEntries(outputs) as Properties);
}

function planned(
  field: Field,
  wanted: PropertyValue | undefined,
  state: PropertyValue | undefined,
  exists: boolean,
): PropertyValue | undefined {
  if (isInput(field) && field.writeOnly === true) {
    return undefined;
  }
  if (wanted === undefined) {
    if (exists) {
      return isFilledIn(field) || isEmpty(state) ? state : undefined;
    }
    return isFilledIn(field) ? UNKNOWN : undefined;
  }
  if (field.kind === "object" && isProperties(wanted)) {
    return plannedState(field.fields, wanted, isProperties(state) ? state : undefined);
  }
  if (field.kind === "list" && isList(wanted)) {
    const items: PropertyList = isList(state) ? state : [];
    return wanted.map((item, index) => planned(field.item, item, items[index], index < items.length) ?? null);
  }
  return wanted;
}

function compact(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

/** What the API answers for something that was never set can't be told from something set to nothing. */
function isEmpty(value: PropertyValue | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === 0 ||
    value === false ||
    (isList(value) && value.length === 0) ||
    (isProperties(value) && Object.keys(value).length === 0)
  );
}

function emptyLike(value: PropertyValue): PropertyValue {
  return isProperties(value) ? {} : value;
}

function sameSet(one: PropertyList, other: PropertyList): boolean {
  return (
    one.length === other.length &&
    one.every((item) => other.some((candidate) => sameValue(item, candidate))) &&
    other.every((item) => one.some((candidate) => sameValue(item, candidate)))
  );
}
