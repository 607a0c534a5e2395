import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { images, imagesOf, vaultImage, vaultSecretsOperatorImage } from "../../../images/catalogue.ts";
import type { LayerEntry } from "../../../images/layer.ts";
import { parseReference } from "../../../images/reference.ts";
import { catalogue, toolsOf } from "../../../tools/catalogue.ts";

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
      ["docker.io/hashicorp/vault:1.21.0", "/usr/local/bin/docker-entrypoint.sh", "0:0"],
      ["docker.io/hashicorp/vault-secrets-operator:0.10.0", "/vault-secrets-operator", "65532:65532"],
      ["quay.io/brancz/kube-rbac-proxy:v0.18.1", "/usr/local/bin/kube-rbac-proxy", "65532:65532"],
      ["oci.external-secrets.io/external-secrets/external-secrets:v0.20.4", "/bin/external-secrets", "65534"],
    ],
  );
});

test("a sandbox without Vault has neither its image nor those of the operators", () => {
  const all = images.map(({ reference }) => reference);
  const references = (vault: boolean): string[] =>
    imagesOf(toolsOf({ vault })).map(({ reference }) => reference);
  assert.deepEqual(references(true), all);
  assert.deepEqual(references(false), all.slice(0, 6));
});

for (const { reference, layer, entrypoint } of images) {
  test(`${reference} starts a program of its layer`, () => {
    const files = (layer.files ?? []).filter(({ kind }) => kind === "program").map(({ path }) => path);
    assert.ok([...Object.values(layer.programs), ...files].includes(entrypoint[0]));
    const provided: readonly string[] = catalogue[layer.tool].programs;
    assert.deepEqual(
      Object.keys(layer.programs).filter((program) => !provided.includes(program)),
      [],
    );
  });
}

test("Vault's image is laid out like the official one", () => {
  const { layer, arguments: defaultArguments } = vaultImage;
  assert.deepEqual(layer.programs, { vault: "/bin/vault" });
  assert.deepEqual(defaultArguments, ["server", "-dev"]);
  const [passwd, group, ...others] = layer.files ?? [];
  assert.deepEqual(passwd, {
    path: "/etc/passwd",
    kind: "text",
    text:
      "root:x:0:0:root:/root:/bin/sh\n" +
      "nobody:x:65534:65534:nobody:/:/bin/false\n" +
      "vault:x:100:1000:vault:/home/vault:/bin/false\n",
  });
  assert.deepEqual(group, {
    path: "/etc/group",
    kind: "text",
    text: "root:x:0:\nnobody:x:65534:\nvault:x:1000:\n",
  });
  const folder = (path: string): LayerEntry => ({
    path,
    kind: "folder",
    mode: 0o755,
    owner: { uid: 100, gid: 1000 },
  });
  const program = (path: string, name: string): LayerEntry => ({
    path,
    kind: "program",
    file: fileURLToPath(new URL(`../../../images/vault/${name}`, import.meta.url)),
  });
  assert.deepEqual(others, [
    folder("/home/vault"),
    folder("/vault"),
    folder("/vault/audit"),
    folder("/vault/config"),
    folder("/vault/data"),
    folder("/vault/file"),
    folder("/vault/logs"),
    program("/usr/local/bin/docker-entrypoint.sh", "docker-entrypoint.sh"),
    program("/usr/bin/pkill", "pkill"),
  ]);
});

test("the Vault Secrets Operator's image replaces custom resource definitions like the official one", () => {
  const { programs, moduleFolders, files } = vaultSecretsOperatorImage.layer;
  assert.deepEqual(programs, { "vault-secrets-operator": "/vault-secrets-operator" });
  assert.deepEqual(moduleFolders, { "chart/crds": "/scripts/crds" });
  assert.deepEqual(files, [
    { path: "/scripts/upgrade-crds", kind: "symlink", target: "/vault-secrets-operator" },
  ]);
});

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
