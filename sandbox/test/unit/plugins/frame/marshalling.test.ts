import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it } from "node:test";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { fromStruct, toStruct } from "../../../../plugins/frame/marshalling.ts";
import { Asset, UNKNOWN } from "../../../../plugins/frame/values.ts";
import type { Properties, PropertyValue } from "../../../../plugins/frame/values.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const TEXT_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What arrives on the wire for plain JSON. */
function wire(value: Record<string, unknown>) {
  return struct.Struct.fromJavaScript(value as Parameters<typeof struct.Struct.fromJavaScript>[0]);
}

describe("properties that arrive", () => {
  const cases: readonly (readonly [title: string, sent: Record<string, unknown>, expected: Properties])[] = [
    [
      "keep plain values",
      { s: "x", n: 1.5, b: false, z: null, l: [1, [2]], o: { p: {} } },
      { s: "x", n: 1.5, b: false, z: null, l: [1, [2]], o: { p: {} } },
    ],
    [
      "lose the marks of secrets at every depth",
      {
        a: {
          [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270",
          value: [{ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value: "s" }],
        },
      },
      { a: ["s"] },
    ],
    [
      "become unknown where the engine sends a sentinel of any type",
      {
        text: TEXT_SENTINEL,
        boolean: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        list: ["6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"],
        map: { inner: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff" },
        asset: "030794c1-ac77-496b-92df-f27374a8bd58",
        archive: "e48ece36-62e2-4504-bad9-02848725956a",
      },
      {
        text: UNKNOWN,
        boolean: UNKNOWN,
        number: UNKNOWN,
        list: [UNKNOWN],
        map: { inner: UNKNOWN },
        asset: UNKNOWN,
        archive: UNKNOWN,
      },
    ],
    [
      "become unknown inside a secret",
      { a: { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value: TEXT_SENTINEL } },
      { a: UNKNOWN },
    ],
    [
      "are taken out of output values, unknown ones included",
      {
        known: {
          [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
          value: "v",
          secret: true,
          dependencies: [],
        },
        unknown: { [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" },
      },
      { known: "v", unknown: UNKNOWN },
    ],
    [
      "become assets",
      { file: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", path: "./values.yaml", hash: "abc" } },
      { file: new Asset({ path: "./values.yaml", hash: "abc" }) },
    ],
  ];
  for (const [title, sent, expected] of cases) {
    it(title, () => {
      assert.deepEqual(fromStruct(wire(sent)), expected);
    });
  }

  it("are none where nothing is sent", () => {
    assert.deepEqual(fromStruct(undefined), {});
  });

  for (const [what, signature] of [
    ["an archive", "0def7320c3a5731c473e5ecbe6d01bc7"],
    ["a reference to a resource", "5cf8f73096256a8f31e491e813e4eb8e"],
    ["a byte string", "803fd3297a5875dc03ca845dda5d2a98"],
    ["a special value that they do not know", "from-the-future"],
  ] as const) {
    it(`are refused, with their path, when one is ${what}`, () => {
      assert.throws(() => fromStruct(wire({ a: [{ "b.c": { [SIGNATURE]: signature } }] })), {
        message: `property a[0]["b.c"] is ${what}; the sandbox's plugins take plain values and assets only`,
      });
    });
  }
});

describe("properties that are answered", () => {
  it("lose absent members, and have null for absent items of lists", () => {
    const items = [1, undefined] as unknown as PropertyValue;
    assert.deepEqual(toStruct({ a: undefined, b: { c: undefined }, items }, false).toJavaScript(), {
      b: {},
      items: [1, null],
    });
  });

  it("have the text sentinel for unknown values in a preview", () => {
    assert.deepEqual(toStruct({ a: [{ b: UNKNOWN }] }, true).toJavaScript(), { a: [{ b: TEXT_SENTINEL }] });
  });

  it("are refused outside a preview when one is unknown", () => {
    assert.throws(() => toStruct({ a: [{ b: UNKNOWN }] }, false), {
      message: "the provider answered an unknown value for property a[0].b outside a preview",
    });
  });

  it("are refused when a number can't be stored", () => {
    assert.throws(() => toStruct({ a: { n: Number.NaN } }, false), {
      message: "property a.n is NaN, which can't be stored; it must be a finite number",
    });
  });
});

describe("properties that go both ways", () => {
  it("are the same again, whatever they are", () => {
    for (let round = 0; round < 300; round++) {
      const properties = anyProperties(4);
      assert.deepEqual(fromStruct(toStruct(properties, true)), properties);
    }
  });
});

function anyProperties(depth: number): Properties {
  const names = ["", "plain", "with.dot", 'with"quote', "üñí", "0", "constructor", "with[0]"];
  return Object.fromEntries(
    names.filter(() => randomInt(2) === 0).map((name) => [name, anyValue(depth - 1)]),
  );
}

function anyValue(depth: number): PropertyValue {
  const leaves: PropertyValue[] = [null, true, false, 0, -1.5, 2 ** 53, "", "text", "\u0000", UNKNOWN];
  switch (depth > 0 ? randomInt(4) : 0) {
    case 1:
      return Array.from({ length: randomInt(3) }, () => anyValue(depth - 1));
    case 2:
      return anyProperties(depth);
    case 3:
      return new Asset({ text: `text ${String(randomInt(100))}`, hash: "abc" });
    default:
      return leaves[randomInt(leaves.length)] ?? null;
  }
}
