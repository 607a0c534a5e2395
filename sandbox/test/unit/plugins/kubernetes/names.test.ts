import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNKNOWN } from "../../../../plugins/frame/values.ts";
import { isAutonamed, nameObject, uniqueName } from "../../../../plugins/kubernetes/object/name.ts";
import { parseTypeToken } from "../../../../plugins/kubernetes/object/type-token.ts";

const source = {
  name: "web",
  oldInputs: undefined,
  randomSeed: Uint8Array.of(1, 2, 3),
  autonaming: undefined,
};

describe("an object's name", () => {
  it("is left as the program gives it", () => {
    const object = { metadata: { name: "given" } };
    assert.deepEqual(nameObject(object, source), { object, failures: [] });
    assert.equal(isAutonamed(object), false);
  });

  it("may be unknown during a preview", () => {
    for (const object of [{ metadata: UNKNOWN }, { metadata: { name: UNKNOWN } }]) {
      assert.deepEqual(nameObject(object, source), { object, failures: [] });
    }
  });

  it("is made from the resource's name and the seed, and marked as made", () => {
    const { object } = nameObject({ metadata: { labels: { a: "b" } } }, source);
    assert.deepEqual(object, {
      metadata: {
        labels: { a: "b" },
        name: uniqueName("web", source.randomSeed),
        annotations: { "pulumi.com/autonamed": "true" },
      },
    });
    assert.match(uniqueName("web", source.randomSeed), /^web-[0-9a-f]{8}$/);
    assert.notEqual(uniqueName("web", source.randomSeed), uniqueName("web", Uint8Array.of(1, 2, 4)));
    assert.equal(isAutonamed(object), true);
  });

  it("stays when it was made before, but not when the program gave it", () => {
    const made = { metadata: { name: "web-00000000", annotations: { "pulumi.com/autonamed": "true" } } };
    assert.deepEqual(nameObject({}, { ...source, oldInputs: made }).object, made);
    const given = { metadata: { name: "given" } };
    assert.deepEqual(nameObject({}, { ...source, oldInputs: given }).object, nameObject({}, source).object);
  });

  it("is made as the user's autonaming says", () => {
    const proposed = { ...source, autonaming: { mode: "enforce", proposedName: "dev-web" } as const };
    assert.equal((nameObject({}, proposed).object.metadata as { name: string }).name, "dev-web");
    const disabled = { ...source, autonaming: { mode: "disable", proposedName: "" } as const };
    assert.deepEqual(
      nameObject({}, disabled).failures.map(({ property }) => property),
      ["metadata.name"],
    );
  });

  it("can't be left to the server", () => {
    const { failures } = nameObject({ metadata: { generateName: "web-" } }, source);
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["metadata.generateName"],
    );
  });
});

describe("a resource type", () => {
  const kinds: readonly [type: string, apiVersion: string, kind: string][] = [
    ["kubernetes:core/v1:Secret", "v1", "Secret"],
    ["kubernetes:apps/v1:Deployment", "apps/v1", "Deployment"],
    ["kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "rbac.authorization.k8s.io/v1", "ClusterRole"],
    ["kubernetes:cert-manager.io/v1:ClusterIssuer", "cert-manager.io/v1", "ClusterIssuer"],
  ];
  for (const [type, apiVersion, kind] of kinds) {
    it(`${type} stands for ${kind} of ${apiVersion}`, () => {
      assert.deepEqual(parseTypeToken(type), { apiVersion, kind });
    });
  }

  for (const type of [
    "kubernetes:yaml:ConfigFile",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:kustomize/v2:Directory",
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:helm.sh/v3:Chart",
    "kubernetes:core/v1:SecretList",
    "kubernetes:core/v1:SecretPatch",
    "kubernetes:nonsense",
  ]) {
    it(`${type} is refused by name`, () => {
      assert.match(parseTypeToken(type).refusal ?? "", new RegExp(type.replaceAll(".", String.raw`\.`)));
    });
  }
});
