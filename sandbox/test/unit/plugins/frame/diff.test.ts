import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffInputs } from "../../../../plugins/frame/diff.ts";
import type { Change } from "../../../../plugins/frame/diff.ts";
import { Asset, UNKNOWN } from "../../../../plugins/frame/values.ts";
import type { Properties } from "../../../../plugins/frame/values.ts";

interface Case {
  readonly title: string;
  readonly before: Properties;
  readonly after: Properties;
  readonly replaceOn?: readonly string[];
  readonly changes: Readonly<Record<string, Change>>;
}

const add: Change = { kind: "add", replaces: false };
const remove: Change = { kind: "delete", replaces: false };
const update: Change = { kind: "update", replaces: false };
const replaced = (change: Change): Change => ({ ...change, replaces: true });

const CASES: readonly Case[] = [
  {
    title: "nothing for equal inputs, in any order",
    before: { a: 1, b: { c: [1, { d: null }] } },
    after: { b: { c: [1, { d: null }] }, a: 1 },
    changes: {},
  },
  {
    title: "nothing for members that are undefined on one side and absent on the other",
    before: { a: undefined },
    after: {},
    changes: {},
  },
  {
    title: "additions, removals and changes by the deepest path",
    before: { s: { old: 1, same: 2, changed: 3 } },
    after: { s: { same: 2, changed: 4, fresh: 5 } },
    changes: { "s.old": remove, "s.changed": update, "s.fresh": add },
  },
  {
    title: "a whole map that appears as one addition",
    before: {},
    after: { s: { a: 1 } },
    changes: { s: add },
  },
  {
    title: "items of lists by their place",
    before: { l: [1, 2, 3] },
    after: { l: [1, 5] },
    changes: { "l[1]": update, "l[2]": remove },
  },
  {
    title: "names with dots, brackets and quotes in Pulumi's notation",
    before: {},
    after: { "x/y.z": 1, m: { "a[0]": 1, 'q"': 2, "": 3 } },
    changes: { '["x/y.z"]': add, m: add },
  },
  {
    title: "nested names with dots in Pulumi's notation",
    before: { m: {} },
    after: { m: { "k8s.io/name": 1, 'q"': 2, "": 3 } },
    changes: { 'm["k8s.io/name"]': add, 'm["q\\""]': add, 'm[""]': add },
  },
  {
    title: "a change of type as one change",
    before: { a: [1] },
    after: { a: { 0: 1 } },
    changes: { a: update },
  },
  { title: "null and absent as different", before: { a: null }, after: {}, changes: { a: remove } },
  {
    title: "an unknown new value as a change",
    before: { a: 1, b: [1] },
    after: { a: UNKNOWN, b: [UNKNOWN] },
    changes: { a: update, "b[0]": update },
  },
  {
    title: "an asset by its hash",
    before: { a: new Asset({ path: "f", hash: "1" }), b: new Asset({ path: "f", hash: "1" }) },
    after: { a: new Asset({ path: "f", hash: "2" }), b: new Asset({ path: "f", hash: "1" }) },
    changes: { a: update },
  },
  {
    title: "a replacement at the path named",
    before: { n: { name: "a", other: 1 } },
    after: { n: { name: "b", other: 2 } },
    replaceOn: ["n.name"],
    changes: { "n.name": replaced(update), "n.other": update },
  },
  {
    title: "a replacement below the path named",
    before: { keepers: { a: "1" } },
    after: { keepers: { b: "1" } },
    replaceOn: ["keepers"],
    changes: { "keepers.a": replaced(remove), "keepers.b": replaced(add) },
  },
  {
    title: "a replacement above the path named, if the value is concerned",
    before: { spec: { selector: { a: 1 } }, meta: { labels: 1 } },
    after: {},
    replaceOn: ["spec.selector", "meta.name"],
    changes: { spec: replaced(remove), meta: remove },
  },
  {
    title: "a replacement for any item of a list",
    before: { pools: [{ type: "a", count: 1 }, { type: "b" }] },
    after: { pools: [{ type: "a", count: 2 }, { type: "c" }] },
    replaceOn: ["pools[*].type"],
    changes: { "pools[0].count": update, "pools[1].type": replaced(update) },
  },
  {
    title: "a replacement for an unknown value that may concern the path named",
    before: { spec: { selector: 1 } },
    after: { spec: UNKNOWN },
    replaceOn: ["spec.selector"],
    changes: { spec: replaced(update) },
  },
  {
    title: "a replacement above an item of a list, if one has the value concerned",
    before: { a: { pools: [{ count: 1 }, { type: "x" }] }, b: { pools: [{ count: 1 }] } },
    after: {},
    replaceOn: ["a.pools[*].type", "b.pools[*].type"],
    changes: { a: replaced(remove), b: remove },
  },
  {
    title: "no replacement for a path that only begins alike",
    before: { name: 1, nameservers: 1 },
    after: { name: 1, nameservers: 2 },
    replaceOn: ["name"],
    changes: { nameservers: update },
  },
];

describe("the difference of inputs", () => {
  for (const { title, before, after, replaceOn, changes } of CASES) {
    it(`shows ${title}`, () => {
      assert.deepEqual(Object.fromEntries(diffInputs(before, after, replaceOn).changes), changes);
    });
  }
});

describe("an unknown value", () => {
  it("refuses to become text or JSON", () => {
    const message = /unknown during preview was used as if it were known/;
    assert.throws(() => String(UNKNOWN), message);
    assert.throws(() => JSON.stringify({ a: UNKNOWN }), message);
  });
});
