import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as pulumi from "@pulumi/pulumi";

import { SyncedSecret, type SyncedSecretArgs } from "../../../../components/delivery/synced-secret.ts";
import { customResources, judge } from "../../../support/custom-resources.ts";
import { recordComponents, unknown, type Recording } from "../../../support/record.ts";

const type = "kubernetes:secrets.hashicorp.com/v1beta1:VaultStaticSecret";

function recordSecret(changes: Partial<SyncedSecretArgs> = {}, preview = false): Promise<Recording> {
  return recordComponents(() => {
    new SyncedSecret("ca", {
      secretName: "client-ca",
      path: "otel/client",
      destination: "client-ca",
      consumer: { namespace: pulumi.output("otel"), vaultAuth: pulumi.output("vault") },
      ...changes,
    });
  }, preview);
}

describe("A synced secret", () => {
  test("with the least that it needs is this, and not waited for", async () => {
    assert.deepEqual((await recordSecret()).one(type, "ca-secret").inputs, {
      apiVersion: "secrets.hashicorp.com/v1beta1",
      kind: "VaultStaticSecret",
      metadata: { name: "client-ca", namespace: "otel" },
      spec: {
        destination: {
          create: true,
          name: "client-ca",
          transformation: { excludeRaw: true },
          type: "Opaque",
        },
        hmacSecretData: true,
        mount: "secret",
        path: "otel/client",
        refreshAfter: "30s",
        type: "kv-v2",
        vaultAuthRef: "vault",
      },
    });
  });

  test("has all that it is given, and nothing else", async () => {
    const recording = await recordSecret({
      mountPath: "kv",
      type: "kubernetes.io/tls",
      labels: { app: "gateway" },
      annotations: { owner: "telemetry" },
      refreshAfter: "2m",
      restart: [
        { kind: "Deployment", name: "gateway" },
        { kind: "StatefulSet", name: "store" },
      ],
    });
    assert.deepEqual(recording.one(type, "ca-secret").inputs.spec, {
      destination: {
        annotations: { owner: "telemetry" },
        create: true,
        labels: { app: "gateway" },
        name: "client-ca",
        transformation: { excludeRaw: true },
        type: "kubernetes.io/tls",
      },
      hmacSecretData: true,
      mount: "kv",
      path: "otel/client",
      refreshAfter: "2m",
      rolloutRestartTargets: [
        { kind: "Deployment", name: "gateway" },
        { kind: "StatefulSet", name: "store" },
      ],
      type: "kv-v2",
      vaultAuthRef: "vault",
    });
    assert.deepEqual(customResources(recording).map(judge), [{ judges: 1, findings: [] }]);
  });

  test("is waited for by what the operator reports in all versions, where that is wanted", async () => {
    const { inputs } = (await recordSecret({ waitUntilSynced: true })).one(type, "ca-secret");
    assert.deepEqual(inputs.metadata, {
      annotations: {
        "pulumi.com/timeoutSeconds": "300",
        "pulumi.com/waitFor": "jsonpath={.status.secretMAC}",
      },
      name: "client-ca",
      namespace: "otel",
    });
  });

  for (const [title, preview, destination] of [
    ["tells the name of the Secret once it is declared", false, "client-ca"],
    ["does not know the Secret before it is declared", true, unknown],
  ] as const) {
    test(title, async () => {
      const { outputs } = (await recordSecret({}, preview)).one(
        "vault-federation:delivery:SyncedSecret",
        "ca",
      );
      assert.deepEqual(outputs, { destination });
    });
  }
});
