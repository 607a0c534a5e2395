import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Properties } from "../../../../plugins/frame/values.ts";
import type { KubernetesObject } from "../../../../plugins/kubernetes/api/kubernetes-object.ts";
import { parsePath, withoutIgnored } from "../../../../plugins/kubernetes/object/ignored-fields.ts";
import { liveInputs } from "../../../../plugins/kubernetes/object/live-inputs.ts";
import { hasPredecessor, takeOver } from "../../../../plugins/kubernetes/object/managed-fields.ts";

function live(fields: Properties, metadata: Properties = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Thing", ...fields, metadata: { name: "a", uid: "1", ...metadata } };
}

describe("the inputs of a live object", () => {
  const cases: readonly [title: string, input: Properties, live: Properties, expected: Properties][] = [
    ["keep what is the same", { a: { b: 1 } }, { a: { b: 1, defaulted: 2 } }, { a: { b: 1 } }],
    ["show what was changed", { a: { b: 1 } }, { a: { b: 2 } }, { a: { b: 2 } }],
    ["show what was removed", { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { b: 1, c: undefined } }],
    [
      "keep empty values that the server leaves out",
      { a: false, b: 0, c: "", d: [], e: {} },
      {},
      { a: false, b: 0, c: "", d: [], e: {} },
    ],
    [
      "keep amounts that the server writes in its own way",
      { limits: { cpu: "0.5", memory: "1024Mi" } },
      { limits: { cpu: "500m", memory: "1Gi" } },
      { limits: { cpu: "0.5", memory: "1024Mi" } },
    ],
    [
      "show other amounts",
      { limits: { cpu: "0.5" } },
      { limits: { cpu: "600m" } },
      { limits: { cpu: "600m" } },
    ],
    ["take numbers elsewhere for what they are", { version: "1.0" }, { version: "1" }, { version: "1" }],
    [
      "find members of lists by name",
      { l: [{ name: "x", v: 1 }] },
      { l: [{ name: "other" }, { name: "x", v: 2 }] },
      { l: [{ name: "x", v: 2 }] },
    ],
    [
      "find members of lists by place where they have no name",
      { l: [{ v: 1 }, { v: 2 }] },
      { l: [{ v: 1, d: 0 }, { v: 3 }] },
      { l: [{ v: 1 }, { v: 3 }] },
    ],
    [
      "show members that are gone",
      { l: [{ name: "x" }, { name: "y" }] },
      { l: [{ name: "y" }] },
      { l: [{ name: "y" }] },
    ],
    ["leave others' members of a set alone", { l: ["a"] }, { l: ["b", "a"] }, { l: ["a"] }],
    ["show a set that lacks a member", { l: ["a", "b"] }, { l: ["b"] }, { l: ["b"] }],
    [
      "decode text that a Secret keeps encoded",
      { stringData: { p: "x" } },
      { data: { p: "eA==", q: "eQ==" } },
      { stringData: { p: "x" } },
    ],
    ["never show the status as drift", { status: { a: 1 } }, { status: { a: 2 } }, { status: { a: 1 } }],
  ];
  for (const [title, input, fields, expected] of cases) {
    it(title, () => {
      assert.deepEqual(liveInputs(input, live(fields)), expected);
    });
  }

  it("are all that the server did not write itself, on import", () => {
    const object = live(
      { data: { a: "1" }, status: { b: 2 } },
      { labels: { c: "d" }, managedFields: [], generation: 1 },
    );
    assert.deepEqual(liveInputs({}, object), {
      apiVersion: "v1",
      kind: "Thing",
      metadata: { name: "a", labels: { c: "d" } },
      data: { a: "1" },
    });
  });
});

const entry = (
  manager: string,
  operation: "Apply" | "Update",
  fieldsV1: Properties,
  subresource?: string,
) => ({
  manager,
  operation,
  apiVersion: "v1",
  fieldsType: "FieldsV1",
  fieldsV1,
  ...(subresource === undefined ? {} : { subresource }),
});

describe("fields of an object", () => {
  it("pass from the managers before to the applying one, and stay with all others", () => {
    const theirs = entry("someone", "Update", { "f:data": { "f:z": {} } });
    const status = entry("kubectl", "Update", { "f:status": {} }, "status");
    const object = live(
      {},
      {
        managedFields: [
          entry("pulumi-kubernetes", "Update", { "f:data": { ".": {}, "f:a": {} } }),
          theirs,
          entry("me", "Apply", { "f:data": { "f:b": {} } }),
          status,
          entry("before-first-apply", "Update", { "f:data": { "f:c": {} } }),
        ],
      },
    );
    assert.equal(hasPredecessor(object), true);
    assert.deepEqual(takeOver(object, "me"), [
      theirs,
      status,
      entry("me", "Apply", { "f:data": { ".": {}, "f:a": {}, "f:b": {}, "f:c": {} } }),
    ]);
  });

  it("are left as they are where no manager was before", () => {
    const object = live({}, { managedFields: [entry("me", "Apply", { "f:data": {} })] });
    assert.equal(hasPredecessor(object), false);
    assert.equal(takeOver(object, "me"), undefined);
  });

  it("are left out of an update where they are ignored and another's, and keep their live value where they are ours", () => {
    const object = live(
      { spec: { replicas: 5, list: [{ name: "x", image: "live", tag: "live" }], "a.b": "live" } },
      {
        managedFields: [
          entry("scaler", "Update", {
            "f:spec": { "f:replicas": {}, "f:list": { 'k:{"name":"x"}': { "f:image": {} } } },
          }),
          entry("me", "Apply", {
            "f:spec": { "f:list": { 'k:{"name":"x"}': { "f:tag": {} } }, "f:a.b": {} },
          }),
        ],
      },
    );
    const desired = {
      spec: { replicas: 1, list: [{ name: "x", image: "mine", tag: "mine" }], "a.b": "mine" },
    };
    const ignored = [
      "spec.replicas",
      "spec.list[0].image",
      "spec.list[0].tag",
      'spec["a.b"]',
      "spec.missing",
      "spec.list[*]",
    ];
    assert.deepEqual(withoutIgnored(desired, ignored, object, "me"), {
      spec: { replicas: undefined, list: [{ name: "x", image: undefined, tag: "live" }], "a.b": "live" },
    });
  });

  it("are named by paths in Pulumi's notation", () => {
    assert.deepEqual(parsePath('metadata.annotations["a.b/c"].d[0][*].e'), [
      "metadata",
      "annotations",
      "a.b/c",
      "d",
      0,
      "*",
      "e",
    ]);
  });
});
