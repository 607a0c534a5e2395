import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Failure } from "../../../../cli/failure.ts";
import { parseShare } from "../../../../cli/shares/share.ts";

const hex33 = "0f".repeat(33);
const hex32 = "a1".repeat(32);

describe("a key share as an operator types it", () => {
  const accepted = [
    ["hex of 33 bytes", hex33, hex33],
    ["hex of 32 bytes, the whole key of a single operator", hex32, hex32],
    ["hex in capitals", hex33.toUpperCase(), hex33],
    ["base64 of 33 bytes", Buffer.from(hex33, "hex").toString("base64"), hex33],
    ["base64 of 32 bytes", Buffer.from(hex32, "hex").toString("base64"), hex32],
    ["hex with the line's end", `  ${hex33}\n`, hex33],
  ] as const;
  for (const [title, text, share] of accepted) {
    it(`is understood as ${title}`, () => {
      assert.equal(parseShare(text, "share 1"), share);
    });
  }

  const refused = [
    ["nothing", ""],
    ["a byte too few", "0f".repeat(31)],
    ["a byte too many", "0f".repeat(34)],
    ["half a byte", `${hex33}0`],
    ["two shares", `${hex33} ${hex33}`],
    ["base64 of another length", Buffer.alloc(20).toString("base64")],
    ["a password", "correct horse battery staple"],
  ] as const;
  for (const [title, text] of refused) {
    it(`is refused as ${title}, with its length and nothing of its content`, () => {
      assert.throws(
        () => parseShare(text, "share 2"),
        (error) => {
          assert.ok(error instanceof Failure);
          assert.equal(error.exitCode, 1);
          assert.match(
            error.message,
            new RegExp(`^share 2 is no key share: it has ${text.length} characters`),
          );
          assert.equal(text !== "" && error.message.includes(text), false);
          return true;
        },
      );
    });
  }
});
