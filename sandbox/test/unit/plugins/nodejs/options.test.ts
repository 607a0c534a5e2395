import assert from "node:assert/strict";
import { describe, it } from "node:test";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { runtimeOptions } from "../../../../plugins/nodejs/options.ts";

function optionsOf(options: Record<string, string | boolean>) {
  return runtimeOptions(new messages.ProgramInfo().setOptions(struct.Struct.fromJavaScript(options)));
}

describe("the runtime options of a project", () => {
  it("have defaults, with TypeScript loaded by Pulumi's SDK", () => {
    const defaults = {
      typescript: true,
      tsconfig: undefined,
      nodeArguments: [],
      packageManager: "auto",
      production: false,
    };
    assert.deepEqual(runtimeOptions(undefined), defaults);
    assert.deepEqual(optionsOf({}), defaults);
  });

  it("are taken over", () => {
    const given = {
      typescript: false,
      tsconfig: "other.json",
      nodeargs: "--a",
      packagemanager: "yarn",
      production: true,
    };
    assert.deepEqual(optionsOf(given), {
      typescript: false,
      tsconfig: "other.json",
      nodeArguments: ["--a"],
      packageManager: "yarn",
      production: true,
    });
  });

  for (const [line, words] of [
    ["", []],
    ["  --import  tsx  ", ["--import", "tsx"]],
    [`--title "two words" 'and more'`, ["--title", "two words", "and more"]],
    [`--title=""`, ["--title="]],
    [`--title="two words"x`, ["--title=two wordsx"]],
  ] as const) {
    it(`split the arguments of Node like a shell: ${line}`, () => {
      assert.deepEqual(optionsOf({ nodeargs: line }).nodeArguments, words);
    });
  }
});
