import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNKNOWN } from "../../../../plugins/frame/values.ts";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { checkInputs } from "../../../../plugins/schema/check.ts";
import type { Fields } from "../../../../plugins/schema/field.ts";
import {
  inputsOf,
  keptState,
  lastingState,
  plannedState,
  wantedInputs,
} from "../../../../plugins/schema/state.ts";

const FIELDS: Fields = {
  name: { kind: "text", required: true },
  kept: { kind: "boolean", default: true },
  size: { kind: "whole number", minimum: 1, computed: true },
  notes: { kind: "text", canonical: (text) => text.trim() },
  password: { kind: "text", secret: true, writeOnly: true },
  members: { kind: "set", item: { kind: "text" } },
  accessor: { kind: "output" },
  namespace: { kind: "refused", reason: "is for Vault Enterprise" },
};

describe("inputs that a schema is checked against", () => {
  const known = "name, kept, size, notes, password, members";
  const cases: readonly (readonly [title: string, inputs: Properties, property: string, reason: string])[] = [
    ["must be there if they are required", {}, "name", "is required, but missing"],
    ["must exist", { name: "a", nmae: "b" }, "nmae", `there is no such property; known are: ${known}`],
    ["must be of their kind", { name: 1 }, "name", "must be text, but is 1"],
    ["must not be too small", { name: "a", size: 0 }, "size", "must be at least 1, but is 0"],
    [
      "are not shown if they are secret",
      { name: "a", password: 4711 },
      "password",
      "must be text, but is something else (a number)",
    ],
    [
      "must not be what the API sets",
      { name: "a", accessor: "x" },
      "accessor",
      "is set by the API; leave it out",
    ],
    [
      "are refused if they can't be followed",
      { name: "a", namespace: "x" },
      "namespace",
      "is for Vault Enterprise; this offline plugin does not follow it, so leave it out",
    ],
    ["are checked inside lists", { name: "a", members: ["b", 2] }, "members[1]", "must be text, but is 2"],
  ];
  for (const [title, inputs, property, reason] of cases) {
    it(title, () => {
      assert.deepEqual(checkInputs(FIELDS, inputs), [{ property, reason }]);
    });
  }

  it("may be unknown", () => {
    assert.deepEqual(checkInputs(FIELDS, { name: UNKNOWN, size: UNKNOWN, password: UNKNOWN }), []);
  });
});

describe("inputs and state of a schema", () => {
  it("get defaults and canonical text, and lose what is null", () => {
    assert.deepEqual(wantedInputs(FIELDS, { name: "a", notes: " b ", members: null }), {
      name: "a",
      kept: true,
      notes: "b",
    });
  });

  it("are alike if only what the API fills in, the order of a set, or a value that is only written differs", () => {
    const wanted = { name: "a", kept: true, password: "p", members: ["b", "c"] };
    const state = { name: "a", kept: true, size: 7, notes: "", members: ["c", "b"], accessor: "x" };
    assert.deepEqual(inputsOf(FIELDS, state, wanted), wanted);
  });

  it("differ if the state has something that the program does not want", () => {
    const wanted = { name: "a", kept: true };
    assert.deepEqual(inputsOf(FIELDS, { ...wanted, notes: "drift" }, wanted), { ...wanted, notes: "drift" });
  });

  it("are planned with unknowns for what the API will fill in, and without what is only written", () => {
    assert.deepEqual(plannedState(FIELDS, { name: "a", password: "p" }, undefined), {
      name: "a",
      size: UNKNOWN,
      accessor: UNKNOWN,
    });
  });

  it("keep nothing that is only written, and of a former state only what the API filled in", () => {
    const state = { name: "a", size: 7, notes: "b", password: "p", accessor: "x" };
    assert.deepEqual(keptState(FIELDS, state), { name: "a", size: 7, notes: "b", accessor: "x" });
    assert.deepEqual(lastingState(FIELDS, state), { size: 7, accessor: "x" });
  });
});
