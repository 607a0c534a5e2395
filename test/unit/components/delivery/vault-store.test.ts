import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VaultStore, type VaultStoreArgs } from "../../../../components/delivery/vault-store.ts";
import { customResources, judge } from "../../../support/custom-resources.ts";
import { recordComponents, type Recording } from "../../../support/record.ts";

const least = {
  storeName: "vault-remote",
  address: "https://203.0.113.9:8200",
  namespaces: ["secret-sources"],
  auth: {
    kind: "token",
    secretName: "vault-remote-token",
    secretKey: "token",
    namespace: "external-secrets",
  },
} as const;

function recordStore(changes: Partial<VaultStoreArgs> = {}): Promise<Recording> {
  return recordComponents(() => {
    new VaultStore("remote", { ...least, ...changes });
  });
}

function storeOf(recording: Recording): Readonly<Record<string, unknown>> {
  return recording.one("kubernetes:external-secrets.io/v1:ClusterSecretStore", "remote-store").inputs;
}

describe("A store", () => {
  test("with the least that it needs is this, and waited for", async () => {
    assert.deepEqual(storeOf(await recordStore()), {
      apiVersion: "external-secrets.io/v1",
      kind: "ClusterSecretStore",
      metadata: {
        annotations: { "pulumi.com/timeoutSeconds": "300", "pulumi.com/waitFor": "condition=Ready" },
        name: "vault-remote",
      },
      spec: {
        conditions: [{ namespaces: ["secret-sources"] }],
        refreshInterval: 60,
        provider: {
          vault: {
            auth: {
              tokenSecretRef: { key: "token", name: "vault-remote-token", namespace: "external-secrets" },
            },
            path: "secret",
            server: "https://203.0.113.9:8200",
            version: "v2",
          },
        },
      },
    });
  });

  test("is not waited for where its Vault may be away, nor asked again at once when that doesn't answer", async () => {
    const { metadata, spec } = storeOf(await recordStore({ mayBeAway: true }));
    assert.deepEqual(metadata, { name: "vault-remote" });
    assert.deepEqual((spec as { retrySettings?: object }).retrySettings, { maxRetries: 0 });
  });

  const account = { audiences: ["vault"], name: "external-secrets", namespace: "external-secrets" };
  for (const [title, auth, expected] of [
    [
      "as a service account that its cluster vouches for",
      { kind: "kubernetes", mountPath: "kubernetes", role: "external-secrets", audience: "vault" },
      { kubernetes: { mountPath: "kubernetes", role: "external-secrets", serviceAccountRef: account } },
    ],
    [
      "as a service account whose cluster's keys are known",
      { kind: "jwt", mountPath: "jwt-edge", role: "peer-edge", audience: "vault" },
      {
        jwt: {
          kubernetesServiceAccountToken: { serviceAccountRef: account },
          path: "jwt-edge",
          role: "peer-edge",
        },
      },
    ],
  ] as const) {
    test(`logs in ${title}`, async () => {
      const { spec } = storeOf(await recordStore({ auth }));
      const { provider } = spec as { provider: { vault: Record<string, unknown> } };
      assert.deepEqual(provider.vault.auth, expected);
    });
  }

  test("has the CA, the Vault namespace and the mount that it is given, the CA in base64", async () => {
    const { spec } = storeOf(
      await recordStore({ caBundle: "a certificate", vaultNamespace: "admin", mountPath: "kv" }),
    );
    const { vault } = (spec as { provider: { vault: Record<string, unknown> } }).provider;
    assert.equal(vault.caBundle, "YSBjZXJ0aWZpY2F0ZQ==");
    assert.equal(vault.namespace, "admin");
    assert.equal(vault.path, "kv");
  });

  for (const auth of [
    least.auth,
    { kind: "kubernetes", mountPath: "kubernetes", role: "external-secrets", audience: "vault" },
    { kind: "jwt", mountPath: "jwt-edge", role: "peer-edge", audience: "vault" },
  ] as const) {
    test(`that logs in by ${auth.kind} is valid in all versions of the operator`, async () => {
      const changes = { auth, caBundle: "a certificate", vaultNamespace: "admin" };
      assert.deepEqual(customResources(await recordStore(changes)).map(judge), [{ judges: 3, findings: [] }]);
    });
  }
});
