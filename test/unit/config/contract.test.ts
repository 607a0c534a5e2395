import assert from "node:assert/strict";
import { test } from "node:test";

import * as pulumi from "@pulumi/pulumi";

import { publish } from "../../../config/contract.ts";
import { startRuntime } from "../../support/runtime.ts";

test("What a stack publishes has the contract's names, and the kubeconfig is secret even if its mark was lost", async () => {
  await startRuntime({ stack: "hub", config: {} });
  const published = publish({
    role: "hub",
    region: "us-ord",
    kubernetesClusterId: pulumi.output("1"),
    kubernetesEndpoints: pulumi.output(["https://api.example.test"]),
    kubeconfig: pulumi.output("plain"),
    caBundle: pulumi.output("certificate"),
    vaultAddress: pulumi.output("https://vault.example.test"),
    vaultClusterId: pulumi.output("a-cluster"),
    vaultKeyShares: pulumi.output([{ fingerprint: "f1", ciphertext: "c1" }]),
  });
  const secrecy = Object.entries(published).map(async ([name, value]) => [
    name,
    await pulumi.isSecret(pulumi.output(value)),
  ]);
  assert.deepEqual(Object.fromEntries(await Promise.all(secrecy)), {
    role: false,
    region: false,
    kubernetesClusterId: false,
    kubernetesEndpoints: false,
    kubeconfig: true,
    caBundle: false,
    vaultAddress: false,
    vaultClusterId: false,
    vaultKeyShares: false,
  });
});

test("What a region has none of is not published at all", async () => {
  await startRuntime({ stack: "hub", config: {} });
  const published = publish({
    role: "edge",
    region: "us-ord",
    kubernetesClusterId: pulumi.output("1"),
    kubernetesEndpoints: pulumi.output([]),
    kubeconfig: pulumi.output("plain"),
    caBundle: pulumi.output("certificate"),
    vaultAddress: "https://vault.example.test",
    vaultClusterId: undefined,
    vaultKeyShares: undefined,
  });
  assert.equal("vaultAddress" in published, true);
  assert.equal("vaultClusterId" in published, false);
  assert.equal("vaultKeyShares" in published, false);
});
