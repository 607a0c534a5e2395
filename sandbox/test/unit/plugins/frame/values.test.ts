import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Asset, UNKNOWN, hasUnknown, sameValue } from "../../../../plugins/frame/values.ts";
import type { PropertyValue } from "../../../../plugins/frame/values.ts";

const file = (source: ConstructorParameters<typeof Asset>[0]) => new Asset(source);

describe("values of properties", () => {
  const cases: readonly (readonly [left: PropertyValue, right: PropertyValue, same: boolean])[] = [
    [1, 1, true],
    [1, "1", false],
    [null, null, true],
    [[1, [2]], [1, [2]], true],
    [[1], [1, 2], false],
    [[1, 2], [1], false],
    [[1, 2], [1, 3], false],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [[], {}, false],
    [UNKNOWN, UNKNOWN, false],
    [file({ text: "a" }), file({ text: "a" }), true],
    [file({ text: "a" }), file({ text: "b" }), false],
    [file({ path: "a" }), file({ path: "b" }), false],
    [file({ uri: "a" }), file({ uri: "b" }), false],
    [file({ text: "a" }), {}, false],
  ];
  for (const [index, [left, right, same]] of cases.entries()) {
    it(`are ${same ? "the same" : "different"} by contents, case ${String(index)}`, () => {
      assert.equal(sameValue(left, right), same);
    });
  }

  it("hold something unknown at any depth, or nothing", () => {
    assert.equal(hasUnknown(UNKNOWN), true);
    assert.equal(hasUnknown({ a: [{ b: UNKNOWN }] }), true);
    assert.equal(hasUnknown({ a: [{ b: null }], c: file({ text: "x" }) }), false);
  });
});
