/** What all fields have in common. */
interface Common {
  /** Whether the program has to give it. Defaults to false. */
  readonly required?: boolean;
  /** Whether the API fills it in when the program gives nothing; its value is then no difference. Defaults to false. */
  readonly computed?: boolean;
}

/** A piece of text. */
export interface TextField extends Common {
  readonly kind: "text";
  /** Defaults to any text. */
  readonly allowed?: readonly string[];
}

/** A whole number. */
export interface NumberField extends Common {
  readonly kind: "whole number";
  /** Smallest number; defaults to any. */
  readonly minimum?: number;
}

/** A truth value. */
export interface BooleanField extends Common {
  readonly kind: "boolean";
}

/** Text by free names. */
export interface MapField extends Common {
  readonly kind: "map";
}

/** A group of fields. */
export interface ObjectField extends Common {
  readonly kind: "object";
  readonly fields: Fields;
}

/** Items in a row; in a set their order means nothing. */
export interface ListField extends Common {
  readonly kind: "list" | "set";
  readonly item: Field;
  /** Fewest items; defaults to none. */
  readonly minimum?: number;
}

/** Something that only the API sets: an output, never an input. */
export interface OutputField {
  readonly kind: "output";
}

/** One property of a resource. */
export type Field = TextField | NumberField | BooleanField | MapField | ObjectField | ListField | OutputField;

/** Properties by their names in the SDK. */
export type Fields = Readonly<Record<string, Field>>;

/** Whether the API fills a field in when the program does not. */
export function isFilledIn(field: Field): boolean {
  return field.kind === "output" || field.computed === true;
}
