import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { caBundle, kubeconfig, recordRegion } from "../../../support/regions.ts";

const whenReady = { "pulumi.com/timeoutSeconds": "300", "pulumi.com/waitFor": "condition=Ready" };
const issuerType = "kubernetes:cert-manager.io/v1:ClusterIssuer";
const certificateType = "kubernetes:cert-manager.io/v1:Certificate";

describe("CertManager", () => {
  test("makes a namespace of its own", async () => {
    const { inputs } = (await recordRegion("hub")).one(
      "kubernetes:core/v1:Namespace",
      "cert-manager-namespace",
    );
    assert.deepEqual(inputs, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "cert-manager" },
    });
  });

  test("signs its root by itself, after the chart has brought the kinds, and waits for it", async () => {
    const issuer = (await recordRegion("hub")).one(issuerType, "cert-manager-self-signed-issuer");
    assert.deepEqual(issuer.inputs, {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { annotations: whenReady, name: "self-signed" },
      spec: { selfSigned: {} },
    });
    assert.deepEqual(issuer.dependencies, ["cert-manager-release"]);
  });

  test("gives the root a strong key that renewals keep, and the life that the settings give", async () => {
    const changes = { certManager: { rootLifetime: "259290m" } };
    const root = (await recordRegion("hub", false, changes)).one(
      certificateType,
      "cert-manager-root-certificate",
    );
    assert.deepEqual(root.inputs, {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { annotations: whenReady, name: "root-ca", namespace: "cert-manager" },
      spec: {
        commonName: "vault-federation root",
        duration: "4321h30m0s",
        isCA: true,
        issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: "self-signed" },
        privateKey: { algorithm: "ECDSA", rotationPolicy: "Never", size: 384 },
        secretName: "root-ca",
      },
    });
    assert.ok(root.dependencies.includes("cert-manager-self-signed-issuer"));
  });

  for (const [lifetime, written] of [
    ["87600h", "87600h0m0s"],
    ["15552061s", "4320h1m1s"],
  ] as const) {
    test(`writes the life ${lifetime} as ${written}, as the API server gives it back`, async () => {
      const changes = { certManager: { rootLifetime: lifetime } };
      const root = (await recordRegion("edge", false, changes)).one(
        certificateType,
        "cert-manager-root-certificate",
      );
      assert.equal((root.inputs.spec as Record<string, unknown>).duration, written);
    });
  }

  test("lets the issuer `ca` sign with the root, once that is there", async () => {
    const issuer = (await recordRegion("hub")).one(issuerType, "cert-manager-issuer");
    assert.deepEqual(issuer.inputs, {
      apiVersion: "cert-manager.io/v1",
      kind: "ClusterIssuer",
      metadata: { annotations: whenReady, name: "ca" },
      spec: { ca: { secretName: "root-ca" } },
    });
    assert.deepEqual(issuer.dependencies, ["cert-manager-root-certificate"]);
  });

  test("reads the CA bundle when the root is there", async () => {
    const bundle = (await recordRegion("hub")).one(
      "pulumi-nodejs:dynamic/vault-federation:CaBundle",
      "cert-manager-ca-bundle",
    );
    assert.deepEqual(bundle.inputs, {
      kubeconfig: { secret: kubeconfig },
      namespace: "cert-manager",
      secretName: "root-ca",
      lifetimeSeconds: 87600 * 3600,
      timeoutSeconds: 300,
    });
    assert.ok(bundle.dependencies.includes("cert-manager-root-certificate"));
  });

  test("sets the replicas of all three parts", async () => {
    const changes = { certManager: { replicas: 1 } };
    const recording = await recordRegion("hub", false, changes);
    const { values } = recording.one("kubernetes:helm.sh/v3:Release", "cert-manager-release").inputs;
    assert.deepEqual(values, {
      cainjector: { replicaCount: 1 },
      crds: { enabled: true },
      global: { leaderElection: { namespace: "cert-manager" } },
      replicaCount: 1,
      webhook: { replicaCount: 1 },
    });
  });

  test("records of itself its replicas, the issuer's name and the bundle, and no kubeconfig", async () => {
    const component = (await recordRegion("hub")).one(
      "vault-federation:certificates:CertManager",
      "cert-manager",
    );
    assert.deepEqual(component.inputs, { replicas: 2 });
    assert.deepEqual(component.outputs, { caBundle, issuerName: "ca" });
  });
});
