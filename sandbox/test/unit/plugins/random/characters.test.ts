import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { randomText } from "../../../../plugins/random/characters.ts";
import type { Composition } from "../../../../plugins/random/characters.ts";

const EVERYTHING: Composition = {
  length: 16,
  lower: true,
  upper: true,
  numeric: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
  overrideSpecial: undefined,
};

const ALL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#$%&*()-_=+[]{}<>:?";

describe("random text", () => {
  it("uses every allowed character, and no other", () => {
    const drawn = new Set(randomText({ ...EVERYTHING, length: 20_000 }));
    assert.deepEqual([...drawn].sort(), Array.from(ALL).sort());
  });

  it("uses only the classes that are wanted, and own special characters instead of the default ones", () => {
    const text = randomText({
      ...EVERYTHING,
      length: 2000,
      upper: false,
      numeric: false,
      overrideSpecial: "_~",
    });
    assert.deepEqual([...new Set(text)].sort().join(""), "_abcdefghijklmnopqrstuvwxyz~");
  });

  it("takes empty own special characters for the default ones", () => {
    const text = randomText({ ...EVERYTHING, length: 1000, overrideSpecial: "", minSpecial: 1000 });
    assert.match(text, /^[!@#$%&*()\-_=+[\]{}<>:?]+$/);
  });

  it("has the minimum of each class, in no fixed place", () => {
    const firsts = new Set<string>();
    for (let round = 0; round < 200; round++) {
      const text = randomText({
        ...EVERYTHING,
        length: 10,
        minLower: 1,
        minUpper: 2,
        minNumeric: 3,
        minSpecial: 4,
      });
      assert.equal(text.length, 10);
      assert.equal(text.replace(/[^a-z]/g, "").length, 1);
      assert.equal(text.replace(/[^A-Z]/g, "").length, 2);
      assert.equal(text.replace(/[^0-9]/g, "").length, 3);
      firsts.add(/[a-z]/.test(text.charAt(0)) ? "lower" : /[0-9]/.test(text.charAt(0)) ? "digit" : "other");
    }
    assert.equal(firsts.size, 3);
  });

  it("draws the minimum of a class that is otherwise left out", () => {
    const text = randomText({ ...EVERYTHING, length: 50, special: false, minSpecial: 1 });
    assert.equal(text.replace(/[A-Za-z0-9]/g, "").length, 1);
  });
});
