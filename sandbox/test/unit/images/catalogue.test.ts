import assert from "node:assert/strict";
import { test } from "node:test";
import { images } from "../../../images/catalogue.ts";
import { parseReference } from "../../../images/reference.ts";
import { catalogue } from "../../../tools/catalogue.ts";

test("the images are those that the charts and manifests ask for", () => {
  assert.deepEqual(
    images.map(({ reference, entrypoint, user }) => [reference, ...entrypoint, user]),
    [
      ["registry.k8s.io/pause:3.10", "/pause", "65535:65535"],
      ["registry.k8s.io/coredns/coredns:v1.14.6", "/coredns", "65532:65532"],
      ["quay.io/jetstack/cert-manager-controller:v1.11.5", "/app/cmd/controller/controller", "1000"],
      ["quay.io/jetstack/cert-manager-webhook:v1.11.5", "/app/cmd/webhook/webhook", "1000"],
      ["quay.io/jetstack/cert-manager-cainjector:v1.11.5", "/app/cmd/cainjector/cainjector", "1000"],
      ["quay.io/jetstack/cert-manager-ctl:v1.11.5", "/app/cmd/ctl/ctl", "1000"],
    ],
  );
});

for (const { reference, layer, entrypoint } of images) {
  test(`${reference} starts a program of its layer`, () => {
    assert.ok(Object.values(layer.programs).includes(entrypoint[0]));
    const provided: readonly string[] = catalogue[layer.tool].programs;
    assert.deepEqual(
      Object.keys(layer.programs).filter((program) => !provided.includes(program)),
      [],
    );
  });
}

test("a reference is taken apart into registry, repository and tag", () => {
  assert.deepEqual(parseReference("quay.io/jetstack/cert-manager-ctl:v1.11.5"), {
    registry: "quay.io",
    repository: "jetstack/cert-manager-ctl",
    tag: "v1.11.5",
  });
});

for (const reference of ["busybox", "quay.io/jetstack/cert-manager-ctl", "library/busybox:1", ""]) {
  test(`the incomplete reference "${reference}" is refused`, () => {
    assert.throws(() => parseReference(reference), /is no complete image reference/);
  });
}
