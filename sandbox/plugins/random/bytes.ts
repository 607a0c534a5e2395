import { randomBytes, randomUUID } from "node:crypto";
import type { Field } from "./fields.ts";
import type { RandomKind } from "./resource.ts";

const KEEPERS: Field = { type: "map of text" };

/** RandomId: a number of random bytes in several notations, each after an optional prefix; no secret. */
export const ID: RandomKind = {
  fields: {
    byteLength: { type: "whole number", required: true, minimum: 1 },
    prefix: { type: "text" },
    keepers: KEEPERS,
  },
  drawn: ["b64Std", "b64Url", "dec", "hex"],
  draw({ byteLength, prefix }) {
    const bytes = randomBytes(byteLength as number);
    const prefixed = (text: string) => `${(prefix as string | undefined) ?? ""}${text}`;
    const hex = bytes.toString("hex");
    const outputs = {
      b64Std: prefixed(bytes.toString("base64")),
      b64Url: prefixed(bytes.toString("base64url")),
      dec: prefixed(BigInt(`0x${hex}`).toString()),
      hex: prefixed(hex),
    };
    return { id: bytes.toString("base64url"), outputs };
  },
};

/** RandomBytes: secret bytes. */
export const BYTES: RandomKind = {
  fields: { length: { type: "whole number", required: true, minimum: 1 }, keepers: KEEPERS },
  drawn: ["base64", "hex"],
  draw({ length }) {
    const bytes = randomBytes(length as number);
    return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
};

/** RandomUuid: a version 4 UUID; no secret. */
export const UUID: RandomKind = {
  fields: { keepers: KEEPERS },
  drawn: ["result"],
  draw() {
    const result = randomUUID();
    return { id: result, outputs: { result } };
  },
};
