/**
 * A value that the engine does not know yet: during a preview, an output of something that does not exist.
 * There is one instance, `UNKNOWN`. It refuses to become text, so that it can't reach a request or a name by accident.
 */
export class Unknown {
  /** @throws always: an unknown value has no text. */
  toString(): never {
    throw new Error(
      "a value that is unknown during preview was used as if it were known; the provider has to test for it first",
    );
  }

  /** @throws always: an unknown value has no JSON. */
  toJSON(): never {
    return this.toString();
  }
}

/** The only instance of `Unknown`: compare with `===`. */
export const UNKNOWN: Unknown = Object.freeze(new Unknown());

/** A file or text that a program passes to a resource (`pulumi.asset.*`); exactly one of the sources is set. */
export class Asset {
  /** Path of a file, relative to the program's folder. */
  readonly path: string | undefined;
  readonly text: string | undefined;
  readonly uri: string | undefined;
  /** SHA-256 of the contents as the engine computed it, hexadecimal. */
  readonly hash: string | undefined;

  constructor(source: { path?: string; text?: string; uri?: string; hash?: string }) {
    this.path = source.path;
    this.text = source.text;
    this.uri = source.uri;
    this.hash = source.hash;
  }
}

/** A property's value as providers see it: plain data, `UNKNOWN` (in previews only), or an asset. */
export type PropertyValue = string | number | boolean | null | Unknown | Asset | PropertyList | Properties;

/** A list of property values. */
export type PropertyList = readonly PropertyValue[];

/** Properties by name; a member that is `undefined` counts as absent. */
export interface Properties {
  readonly [name: string]: PropertyValue | undefined;
}

/** Whether a value is a map of properties, not a list, an asset, an unknown or a scalar. */
export function isProperties(value: PropertyValue | undefined): value is Properties {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown) &&
    !(value instanceof Asset)
  );
}

/** Whether a value is a list. */
export function isList(value: PropertyValue | undefined): value is PropertyList {
  return Array.isArray(value);
}

/** Whether a value is unknown or holds something unknown at any depth. */
export function hasUnknown(value: PropertyValue | undefined): boolean {
  if (isList(value)) {
    return value.some(hasUnknown);
  }
  return value === UNKNOWN || (isProperties(value) && Object.values(value).some(hasUnknown));
}

/** Whether two values are the same at every depth; absent members equal `undefined` ones, an unknown equals nothing. */
export function sameValue(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  if (left === UNKNOWN || right === UNKNOWN) {
    return false;
  }
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => sameValue(item, right[index]));
  }
  if (left instanceof Asset && right instanceof Asset) {
    return (
      left.hash === right.hash &&
      left.path === right.path &&
      left.text === right.text &&
      left.uri === right.uri
    );
  }
  if (isProperties(left) && isProperties(right)) {
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) =>
      sameValue(left[name], right[name]),
    );
  }
  return left === right;
}
