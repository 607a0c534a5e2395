import assert from "node:assert/strict";
import { test } from "node:test";

import * as pulumi from "@pulumi/pulumi";

import { publish } from "../../../config/contract.ts";
import { startRuntime } from "../../support/runtime.ts";

test("What a stack publishes has the contract's names, and what must be secret is, even if its mark was lost", async () => {
  await startRuntime({ stack: "hub", config: {} });
  const published = publish({
    role: "hub",
    region: "us-ord",
    kubernetesClusterId: pulumi.output("1"),
    kubernetesEndpoints: pulumi.output(["https://api.example.test"]),
    kubeconfig: pulumi.output("plain"),
    caBundle: pulumi.output("certificate"),
    vaultAddress: pulumi.output("https://vault.example.test"),
    vaultCaBundle: pulumi.output("certificate"),
    vaultClusterId: pulumi.output("a-cluster"),
    vaultKeyShares: pulumi.output([{ fingerprint: "f1", ciphertext: "c1" }]),
    linkAuth: "token",
    serviceAccountIssuer: pulumi.output({ issuer: "https://issuer.example.test", keys: ["a key"] }),
    peers: ["edge", "edge-b"],
    links: {
      edge: {
        token: pulumi.output("plain"),
        tokenIssue: pulumi.output({ number: 1, issuedAt: "2026-11-01T12:00:00Z" }),
        remote: {
          address: "https://vault.example.test",
          login: { auth: "token", token: "t", issuedAt: "then" },
        },
        issuer: { issuer: "https://issuer.example.test", keys: ["a key"] },
      },
      "edge-b": { token: pulumi.output("plain") },
    },
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
    vaultCaBundle: false,
    vaultClusterId: false,
    vaultKeyShares: false,
    linkAuth: false,
    serviceAccountIssuer: false,
    peers: false,
    peerToken_edge: true,
    peerTokenIssue_edge: false,
    peerLink_edge: true,
    peerIssuer_edge: false,
    "peerToken_edge-b": true,
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
    peers: [],
    links: {},
  });
  assert.equal("vaultAddress" in published, true);
  assert.equal("vaultClusterId" in published, false);
  assert.equal("vaultKeyShares" in published, false);
});
