import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CheckFailure } from "../../../../plugins/frame/provider.ts";
import { UNKNOWN } from "../../../../plugins/frame/values.ts";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { RANDOM } from "../../../../plugins/random/provider.ts";

const COMMON = {
  urn: "urn:pulumi:dev::p::t::n",
  name: "n",
  signal: new AbortController().signal,
  report: () => undefined,
  warn: () => undefined,
};

function handler(type: string) {
  const token = `random:index/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}`;
  const found = RANDOM.resources.get(token);
  assert.ok(found);
  return { found, common: { ...COMMON, type: token } };
}

async function check(type: string, newInputs: Properties) {
  const { found, common } = handler(type);
  const randomSeed = new Uint8Array();
  return found.check({ ...common, oldInputs: undefined, newInputs, randomSeed, autonaming: undefined });
}

async function create(type: string, inputs: Properties, preview: boolean) {
  const { found, common } = handler(type);
  return found.create({ ...common, inputs, preview, timeoutSeconds: undefined });
}

async function changes(type: string, oldInputs: Properties, newInputs: Properties) {
  const { found, common } = handler(type);
  const difference = await found.diff({
    ...common,
    id: "x",
    oldInputs,
    oldOutputs: {},
    newInputs,
    ignoreChanges: [],
  });
  return Object.fromEntries(difference.changes);
}

describe("inputs of random resources", () => {
  const cases: readonly (readonly [
    title: string,
    type: string,
    inputs: Properties,
    failures: readonly CheckFailure[],
  ])[] = [
    ["are accepted when only what is required is given", "RandomPassword", { length: 1 }, []],
    ["may be unknown", "RandomPassword", { length: UNKNOWN, minLower: UNKNOWN, keepers: { a: UNKNOWN } }, []],
    [
      "must have the length",
      "RandomString",
      {},
      [{ property: "length", reason: "is required: set it to a whole number" }],
    ],
    [
      "must be of their type",
      "RandomPassword",
      { length: "16", special: 1, keepers: { a: 1 } },
      [
        { property: "length", reason: 'must be a whole number, but is "16"' },
        { property: "special", reason: "must be a boolean, but is 1" },
        { property: "keepers", reason: 'must be a map of text, but is {"a":1}' },
      ],
    ],
    [
      "must be of their type even if partly unknown",
      "RandomUuid",
      { keepers: { a: 1, b: UNKNOWN } },
      [{ property: "keepers", reason: "must be a map of text, but is partly unknown" }],
    ],
    [
      "must not be fractions",
      "RandomBytes",
      { length: 1.5 },
      [{ property: "length", reason: "must be a whole number, but is 1.5" }],
    ],
    [
      "must not be too small",
      "RandomId",
      { byteLength: 0 },
      [{ property: "byteLength", reason: "must be at least 1, but is 0" }],
    ],
    [
      "must exist",
      "RandomUuid",
      { lenght: 1 },
      [{ property: "lenght", reason: "there is no such property; known are: keepers" }],
    ],
    [
      "must leave room for the minima",
      "RandomPassword",
      { length: 3, minLower: 2, minSpecial: 2 },
      [
        {
          property: "length",
          reason: "must be at least 4, the sum of minLower, minUpper, minNumeric, minSpecial, but is 3",
        },
      ],
    ],
    [
      "must leave a class of characters",
      "RandomString",
      { length: 3, lower: false, upper: false, number: false, special: false },
      [
        {
          property: "",
          reason: "lower, upper, numeric and special are all false; at least one of them must be true",
        },
      ],
    ],
  ];
  for (const [title, type, inputs, failures] of cases) {
    it(title, async () => {
      assert.deepEqual(await check(type, inputs), { inputs, failures });
    });
  }
});

describe("random resources", () => {
  it("have defaults in their outputs, and what is drawn unknown in a preview", async () => {
    const { outputs } = await create("RandomString", { length: 8, number: false }, true);
    assert.deepEqual(outputs, {
      length: 8,
      lower: true,
      upper: true,
      numeric: false,
      number: false,
      special: true,
      minLower: 0,
      minUpper: 0,
      minNumeric: 0,
      minSpecial: 0,
      overrideSpecial: undefined,
      keepers: undefined,
      result: UNKNOWN,
    });
  });

  it("have ids that tell the value where it is no secret, and nothing where it is one", async () => {
    const string = await create("RandomString", { length: 8 }, false);
    assert.equal(string.id, string.outputs.result);
    assert.equal((await create("RandomPassword", { length: 8 }, false)).id, "none");
    assert.equal((await create("RandomBytes", { length: 8 }, false)).id, "none");
  });

  it("write the same bytes in every notation", async () => {
    const { id, outputs } = await create("RandomId", { byteLength: 9, prefix: "p-" }, false);
    const hex = Buffer.from(id, "base64url").toString("hex");
    assert.equal(hex.length, 18);
    assert.deepEqual(
      [outputs.hex, outputs.b64Url, outputs.b64Std, outputs.dec],
      [
        `p-${hex}`,
        `p-${id}`,
        `p-${Buffer.from(hex, "hex").toString("base64")}`,
        `p-${String(BigInt(`0x${hex}`))}`,
      ],
    );
  });

  it("have a bcrypt hash that matches the password", async () => {
    const { compare } = await import("bcryptjs");
    const { outputs } = await create("RandomPassword", { length: 12 }, false);
    assert.equal(await compare(outputs.result as string, outputs.bcryptHash as string), true);
  });

  it("are drawn again when any input changes", async () => {
    assert.deepEqual(
      await changes("RandomPassword", { length: 8, keepers: { a: "1" } }, { length: 9, keepers: { a: "2" } }),
      {
        length: { kind: "update", replaces: true },
        "keepers.a": { kind: "update", replaces: true },
      },
    );
  });

  it("are kept when a default is written down, or the old name of an input is replaced by the new one", async () => {
    assert.deepEqual(
      await changes(
        "RandomPassword",
        { length: 8, number: false },
        { length: 8, special: true, numeric: false },
      ),
      {},
    );
  });

  it("can't be looked up, as their value is nowhere but in the state", () => {
    const { found, common } = handler("RandomUuid");
    assert.throws(() => found.read({ ...common, id: "x", inputs: {}, outputs: {} }), {
      message:
        "random:index/randomUuid:RandomUuid can't be imported or looked up here: its value is kept in the state of its own stack",
    });
  });
});
