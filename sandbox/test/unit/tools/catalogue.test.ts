import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Architecture } from "../../../tools/architecture.ts";
import {
  catalogue,
  fillTemplate,
  toolNames,
  toolsOf,
  type Tool,
  type ToolName,
} from "../../../tools/catalogue.ts";
import { downloadSources } from "../../../tools/download.ts";
import { readRecipe, templateValues } from "../../../tools/recipe.ts";

for (const name of toolNames) {
  const tool: Tool = catalogue[name];

  test(`the version of ${name} is the one that its recipe builds`, async () => {
    const { folder } = await readRecipe(name, "amd64");
    const goMod = await readFile(`${folder}/go.mod`, "utf8");
    if (tool.module === undefined) {
      assert.doesNotMatch(
        goMod,
        /^(require|\t[a-z])/m,
        `${name} has modules, so it must say which of them it is`,
      );
      return;
    }
    const versions = [...goMod.matchAll(/^(?:require )?\t?(\S+) v(\S+)(?: \/\/ indirect)?$/gm)];
    const version = versions.find(([, module]) => module === tool.module)?.[2];
    assert.equal(version, tool.version);
  });

  test(`every program of ${name} comes from one of its packages`, () => {
    if (tool.build.multiCall === true) {
      assert.deepEqual(tool.build.packages, ["."]);
      return;
    }
    const built = tool.build.packages.map((path) =>
      path === "." ? name : path.slice(path.lastIndexOf("/") + 1),
    );
    assert.deepEqual(built.sort(), [...tool.programs].sort());
  });

  test(`the version checks of ${name} run programs that it provides`, () => {
    for (const check of tool.checks) {
      assert.ok(tool.programs.includes(check.program), check.program);
      assert.ok(fillTemplate(check.prints, templateValues(tool)).includes(tool.version));
    }
  });
}

test("every program belongs to one tool only", () => {
  const programs = toolNames.flatMap((name): string[] => [...catalogue[name].programs]);
  assert.deepEqual(programs.sort(), [...new Set(programs)].sort());
});

const downloads: readonly [ToolName, Architecture, string, string][] = [
  [
    "kubernetes",
    "amd64",
    "https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-apiserver",
    "https://dl.k8s.io/release/v1.36.3/bin/linux/amd64/kube-apiserver.sha256",
  ],
  [
    "pulumi",
    "amd64",
    "https://get.pulumi.com/releases/sdk/pulumi-v3.258.0-linux-x64.tar.gz",
    "https://get.pulumi.com/releases/sdk/pulumi-3.258.0-checksums.txt",
  ],
  [
    "pulumi",
    "arm64",
    "https://get.pulumi.com/releases/sdk/pulumi-v3.258.0-linux-arm64.tar.gz",
    "https://get.pulumi.com/releases/sdk/pulumi-3.258.0-checksums.txt",
  ],
  [
    "vault",
    "arm64",
    "https://releases.hashicorp.com/vault/1.21.0/vault_1.21.0_linux_arm64.zip",
    "https://releases.hashicorp.com/vault/1.21.0/vault_1.21.0_SHA256SUMS",
  ],
  [
    "vault-secrets-operator",
    "arm64",
    "https://releases.hashicorp.com/vault-secrets-operator/0.10.0/vault-secrets-operator_0.10.0_linux_arm64.zip",
    "https://releases.hashicorp.com/vault-secrets-operator/0.10.0/vault-secrets-operator_0.10.0_SHA256SUMS",
  ],
  [
    "helm",
    "arm64",
    "https://get.helm.sh/helm-v3.22.0-linux-arm64.tar.gz",
    "https://get.helm.sh/helm-v3.22.0-linux-arm64.tar.gz.sha256sum",
  ],
  [
    "etcd",
    "amd64",
    "https://github.com/etcd-io/etcd/releases/download/v3.6.8/etcd-v3.6.8-linux-amd64.tar.gz",
    "https://github.com/etcd-io/etcd/releases/download/v3.6.8/SHA256SUMS",
  ],
  [
    "containerd",
    "amd64",
    "https://github.com/containerd/containerd/releases/download/v2.2.1/containerd-static-2.2.1-linux-amd64.tar.gz",
    "https://github.com/containerd/containerd/releases/download/v2.2.1/containerd-static-2.2.1-linux-amd64.tar.gz.sha256sum",
  ],
  [
    "cni",
    "amd64",
    "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz",
    "https://github.com/containernetworking/plugins/releases/download/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz.sha256",
  ],
];

for (const [name, architecture, url, checksums] of downloads) {
  test(`${name} for ${architecture} is downloaded from where its project publishes it`, async () => {
    const recipe = await readRecipe(name, architecture);
    assert.ok(recipe.tool.download);
    const [first, ...others] = downloadSources(recipe, recipe.tool.download);
    assert.deepEqual([first?.url, first?.checksums], [url, checksums]);
    assert.equal(others.length, name === "kubernetes" ? 6 : 0);
  });
}

test("what is only published as an image has no download", () => {
  const without = toolNames.filter((name) => !("download" in catalogue[name]));
  assert.deepEqual(without, ["external-secrets", "cert-manager", "coredns", "kube-rbac-proxy", "pause"]);
});

test("Vault and the operators that work with it are needed only where there is a Vault", () => {
  assert.deepEqual(toolsOf({ vault: true }), toolNames);
  const without = toolsOf({ vault: false });
  assert.deepEqual(
    toolNames.filter((name) => !without.includes(name)),
    ["vault", "external-secrets", "vault-secrets-operator", "kube-rbac-proxy"],
  );
});

test("a template with a placeholder that has no value is an error", () => {
  assert.throws(() => fillTemplate("{version}/{arch}", { version: "1" }), /placeholder \{arch\}/);
});
