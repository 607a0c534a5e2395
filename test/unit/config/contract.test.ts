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
  });
});
