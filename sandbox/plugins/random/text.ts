import type { CheckFailure } from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import { randomText } from "./characters.ts";
import type { Composition } from "./characters.ts";
import type { Fields } from "./fields.ts";
import type { RandomKind } from "./resource.ts";

const FIELDS: Fields = {
  length: { type: "whole number", required: true, minimum: 1 },
  lower: { type: "boolean", default: true },
  upper: { type: "boolean", default: true },
  numeric: { type: "boolean" },
  number: { type: "boolean" },
  special: { type: "boolean", default: true },
  minLower: { type: "whole number", minimum: 0, default: 0 },
  minUpper: { type: "whole number", minimum: 0, default: 0 },
  minNumeric: { type: "whole number", minimum: 0, default: 0 },
  minSpecial: { type: "whole number", minimum: 0, default: 0 },
  overrideSpecial: { type: "text" },
  keepers: { type: "map of text" },
};

const MINIMA = ["minLower", "minUpper", "minNumeric", "minSpecial"] as const;

/** RandomString: text that is no secret; its id is the text. */
export const STRING: RandomKind = {
  fields: FIELDS,
  drawn: ["result"],
  complete: withNumeric,
  checkTogether,
  draw(inputs) {
    const result = randomText(compositionOf(inputs));
    return { id: result, outputs: { result } };
  },
};

/** RandomPassword: text that is a secret, with its bcrypt hash; its id tells nothing. */
export const PASSWORD: RandomKind = {
  fields: FIELDS,
  drawn: ["result", "bcryptHash"],
  complete: withNumeric,
  checkTogether,
  async draw(inputs) {
    const result = randomText(compositionOf(inputs));
    // Loaded late, as most runs of the plugin draw no password.
    const { hash } = await import("bcryptjs");
    return { id: "none", outputs: { result, bcryptHash: await hash(result, 10) } };
  },
};

/** Inputs have been checked, so their types are those of the fields. */
function compositionOf(inputs: Properties): Composition {
  return {
    length: inputs.length as number,
    lower: inputs.lower as boolean,
    upper: inputs.upper as boolean,
    numeric: inputs.numeric as boolean,
    special: inputs.special as boolean,
    minLower: inputs.minLower as number,
    minUpper: inputs.minUpper as number,
    minNumeric: inputs.minNumeric as number,
    minSpecial: inputs.minSpecial as number,
    overrideSpecial: inputs.overrideSpecial as string | undefined,
  };
}

/** `number` is the old name of `numeric`; both are reported, and true unless one of them says otherwise. */
function withNumeric(inputs: Properties): Properties {
  const numeric = inputs.numeric ?? inputs.number ?? true;
  return { ...inputs, numeric, number: numeric };
}

function checkTogether(inputs: Properties): readonly CheckFailure[] {
  const { lower, upper, numeric, special, length } = inputs;
  if ([lower, upper, numeric, special].every((wanted) => wanted === false)) {
    return [
      {
        property: "",
        reason: "lower, upper, numeric and special are all false; at least one of them must be true",
      },
    ];
  }
  const minima = MINIMA.map((name) => inputs[name]);
  if (typeof length === "number" && minima.every((minimum) => typeof minimum === "number")) {
    const least = minima.reduce((sum, minimum) => sum + minimum, 0);
    if (length < least) {
      return [
        {
          property: "length",
          reason: `must be at least ${String(least)}, the sum of ${MINIMA.join(", ")}, but is ${String(length)}`,
        },
      ];
    }
  }
  return [];
}
