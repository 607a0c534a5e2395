import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { externalSecretsValues } from "../../../../components/delivery/external-secrets-values.ts";
import { vaultSecretsOperatorValues } from "../../../../components/delivery/vault-secrets-operator-values.ts";

const operatorResources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } };
const webhookResources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "128Mi" } };

describe("The values of External Secrets Operator's chart", () => {
  for (const [replicas, budget] of [
    [1, { enabled: false, minAvailable: 1 }],
    [2, { enabled: true, minAvailable: 1 }],
    [5, { enabled: true, minAvailable: 1 }],
  ] as const) {
    test(`are these with ${replicas} replicas, whose drain is ${budget.enabled ? "limited" : "not hindered"}`, () => {
      assert.deepEqual(externalSecretsValues(replicas, "ca"), {
        installCRDs: true,
        replicaCount: replicas,
        leaderElect: true,
        serviceAccount: { create: true, name: "external-secrets" },
        extraArgs: { "enable-flood-gate": "false" },
        concurrent: 200,
        resources: operatorResources,
        podDisruptionBudget: budget,
        webhook: {
          replicaCount: replicas,
          resources: webhookResources,
          podDisruptionBudget: budget,
          certManager: {
            enabled: true,
            cert: {
              issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "ca" },
              duration: "2160h0m0s",
              renewBefore: "720h0m0s",
            },
          },
          lookaheadInterval: "1h",
        },
      });
    });
  }
});

describe("The values of Vault Secrets Operator's chart", () => {
  for (const replicas of [1, 3]) {
    test(`are these with ${replicas} replicas`, () => {
      assert.deepEqual(vaultSecretsOperatorValues(replicas), {
        controller: {
          replicas,
          manager: {
            globalTransformationOptions: { excludeRaw: true },
            resources: operatorResources,
          },
        },
      });
    });
  }
});
