/** What all fields have in common. */
interface Common {
  /** Whether the program has to give it. Defaults to false. */
  readonly required?: boolean;
  /** Whether the API fills it in when the program gives nothing; its value is then no difference. Defaults to false. */
  readonly computed?: boolean;
  /** Whether messages must not show it. Defaults to false. */
  readonly secret?: boolean;
  /** Whether it goes to the API but never into the state, so that its change alone is no difference. Defaults to false. */
  readonly writeOnly?: boolean;
}

/** A piece of text. */
export interface TextField extends Common {
  readonly kind: "text";
  /** Defaults to any text. */
  readonly allowed?: readonly string[];
  /** Value if the program gives none; defaults to none. */
  readonly default?: string;
  /** Writes equal values alike, whatever it is given; defaults to the text as it is. */
  readonly canonical?: (text: string) => string;
}

/** A whole number. */
export interface NumberField extends Common {
  readonly kind: "whole number";
  /** Smallest number; defaults to any. */
  readonly minimum?: number;
  /** Value if the program gives none; defaults to none. */
  readonly default?: number;
}

/** A truth value. */
export interface BooleanField extends Common {
  readonly kind: "boolean";
  /** Value if the program gives none; defaults to none. */
  readonly default?: boolean;
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
  readonly item: InputField;
  /** Fewest items; defaults to none. */
  readonly minimum?: number;
}

/** Something that only the API sets: an output, never an input. */
export interface OutputField {
  readonly kind: "output";
}

/** Something that the official plugin takes, but this one can't follow. */
export interface RefusedField {
  readonly kind: "refused";
  /** Why, for the user, such as "is for Vault Enterprise". */
  readonly reason: string;
}

/** A property that the program may give. */
export type InputField = TextField | NumberField | BooleanField | MapField | ObjectField | ListField;

/** One property of a resource. */
export type Field = InputField | OutputField | RefusedField;

/** Properties by their names in the SDK. */
export type Fields = Readonly<Record<string, Field>>;

/** Whether a field is one that the program may give. */
export function isInput(field: Field | undefined): field is InputField {
  return field !== undefined && field.kind !== "output" && field.kind !== "refused";
}

/** Whether the API fills a field in when the program does not. */
export function isFilledIn(field: Field): boolean {
  return field.kind === "output" || (isInput(field) && field.computed === true);
}
