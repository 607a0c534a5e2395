import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { unknown, type Recording } from "../../../support/record.ts";
import { caBundle, recordRegion } from "../../../support/regions.ts";

const release = ["kubernetes:helm.sh/v3:Release", "external-secrets-release"] as const;
const component = ["vault-federation:delivery:VaultStore", "external-secrets-local"] as const;

function localStore(recording: Recording): {
  conditions: unknown;
  provider: { vault: Record<string, unknown> };
} {
  const { inputs } = recording.one(
    "kubernetes:external-secrets.io/v1:ClusterSecretStore",
    "external-secrets-local-store",
  );
  return inputs.spec as ReturnType<typeof localStore>;
}

describe("External Secrets Operator", () => {
  test("starts together with Vault, in a namespace of its own, once cert-manager can sign for its webhook", async () => {
    const { inputs, dependencies } = (await recordRegion("hub")).one(...release);
    assert.equal(inputs.name, "external-secrets");
    assert.equal(inputs.namespace, "external-secrets");
    assert.equal("skipAwait" in inputs, false);
    assert.deepEqual(dependencies, ["cert-manager-issuer", "external-secrets-namespace"]);
  });

  test("has the replicas of the settings", async () => {
    const { inputs } = (await recordRegion("hub", false, { delivery: { replicas: 3 } })).one(...release);
    assert.equal((inputs.values as { replicaCount: number }).replicaCount, 3);
  });

  test("has a store that comes after the release, and after all in Vault that it needs", async () => {
    const recording = await recordRegion("hub");
    assert.deepEqual(recording.one(...component).dependencies, ["external-secrets-release"]);
    const { dependencies } = recording.one(
      "kubernetes:external-secrets.io/v1:ClusterSecretStore",
      "external-secrets-local-store",
    );
    assert.deepEqual(dependencies, [
      "cert-manager-ca-bundle",
      "vault-access-external-secrets-role",
      "vault-access-kubernetes-config",
      "vault-access-secrets",
    ]);
  });

  test("has a store that is the region's active server, with its CA and as its own account", async () => {
    assert.deepEqual(localStore(await recordRegion("hub")), {
      conditions: [{ namespaces: ["secret-sources"] }],
      refreshInterval: 60,
      provider: {
        vault: {
          auth: {
            kubernetes: {
              mountPath: "kubernetes",
              role: "external-secrets",
              serviceAccountRef: {
                audiences: ["vault"],
                name: "external-secrets",
                namespace: "external-secrets",
              },
            },
          },
          caBundle: Buffer.from(caBundle).toString("base64"),
          path: "secret",
          server: "https://vault-active.vault.svc.cluster.local:8200",
          version: "v2",
        },
      },
    });
  });

  test("lets further namespaces use the store only where the settings name them", async () => {
    const changes = { delivery: { storeNamespaces: ["payments"] } };
    assert.deepEqual(localStore(await recordRegion("hub", false, changes)).conditions, [
      { namespaces: ["secret-sources", "payments"] },
    ]);
  });

  test("has a store that is a Vault elsewhere, where that is the region's", async () => {
    const address = "https://vault.example.test:8200";
    const vault = { mode: "external", address, namespace: "admin" };
    const store = localStore(await recordRegion("hub", false, { vault })).provider.vault;
    assert.equal(store.server, address);
    assert.equal(store.namespace, "admin");
    assert.equal("caBundle" in store, false);
  });

  test("has a store whose CA a first preview does not know", async () => {
    assert.equal(localStore(await recordRegion("hub", true)).provider.vault.caBundle, unknown);
  });

  test("is not there in a region without a Vault", async () => {
    const { registrations } = await recordRegion("hub", false, { vault: undefined });
    assert.deepEqual(
      registrations.filter(({ type }) => type.includes("delivery")),
      [],
    );
  });
});
