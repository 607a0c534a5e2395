import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VaultSecretsOperator } from "../../../../components/delivery/vault-secrets-operator.ts";
import { operators } from "../../../support/operators.ts";
import { recordComponents, unknown, type Recording } from "../../../support/record.ts";
import { caBundle, recordRegion } from "../../../support/regions.ts";

const whenValid = {
  "pulumi.com/timeoutSeconds": "300",
  "pulumi.com/waitFor": "jsonpath={.status.valid}=true",
};
const group = "kubernetes:secrets.hashicorp.com/v1beta1";
const connection = [`${group}:VaultConnection`, "vault-secrets-operator-connection"] as const;
const vaultAuth = [`${group}:VaultAuth`, "vault-secrets-operator-otel-auth"] as const;
const caSecret = ["kubernetes:core/v1:Secret", "vault-secrets-operator-ca"] as const;
const account = ["kubernetes:core/v1:ServiceAccount", "vault-secrets-operator-otel-service-account"] as const;

const vault = { operators, threshold: 2, consumers: { otel: ["otel/client"] } };

/** A region whose namespace `otel` reads secrets. */
function withConsumer(delivery: object = {}, preview = false): Promise<Recording> {
  return recordRegion("hub", preview, { vault, delivery });
}

function namespacesOf({ registrations }: Recording): string[] {
  return registrations
    .filter(({ type, parent }) => type === "kubernetes:core/v1:Namespace" && parent.includes("operator"))
    .map(({ inputs }) => (inputs.metadata as { name: string }).name)
    .sort();
}

describe("Vault Secrets Operator", () => {
  test("starts together with Vault, in a namespace of its own", async () => {
    const { inputs, dependencies } = (await recordRegion("hub")).one(
      "kubernetes:helm.sh/v3:Release",
      "vault-secrets-operator-release",
    );
    assert.equal(inputs.name, "vault-secrets-operator");
    assert.equal(inputs.namespace, "vault-secrets-operator");
    assert.equal("skipAwait" in inputs, false);
    assert.deepEqual(dependencies, ["vault-secrets-operator-namespace"]);
  });

  test("has one connection, which comes after the release and after the mount in Vault", async () => {
    const recording = await recordRegion("hub");
    const { inputs, dependencies } = recording.one(...connection);
    const { caCertSecretRef, ...spec } = inputs.spec as Record<string, unknown>;
    assert.deepEqual(inputs.metadata, {
      annotations: whenValid,
      name: "default",
      namespace: "vault-secrets-operator",
    });
    assert.deepEqual(spec, { address: "https://vault-active.vault.svc.cluster.local:8200" });
    assert.equal(caCertSecretRef, (recording.one(...caSecret).inputs.metadata as { name: string }).name);
    assert.deepEqual(dependencies, [
      "vault-access-secrets",
      "vault-secrets-operator-ca",
      "vault-secrets-operator-namespace",
      "vault-secrets-operator-release",
    ]);
  });

  test("finds Vault's CA beside the connection, under a name that follows from its content", async () => {
    const nameOf = async (own: string): Promise<string> => {
      const external = { mode: "external", address: "https://vault.example.test:8200", caBundle: own };
      const { inputs } = (await recordRegion("hub", false, { vault: external })).one(...caSecret);
      const { name, namespace } = inputs.metadata as Record<string, string>;
      assert.equal(namespace, "vault-secrets-operator");
      assert.deepEqual(inputs.stringData, { secret: { "ca.crt": own } });
      return name ?? "";
    };
    const names = [await nameOf(caBundle), await nameOf(`${caBundle}renewed`), await nameOf(caBundle)];
    assert.match(names[0] ?? "", /^vault-ca-[0-9a-f]{8}$/);
    assert.equal(names[2], names[0]);
    assert.notEqual(names[1], names[0]);
  });

  test("does not know the CA before the first update", async () => {
    const recording = await recordRegion("hub", true);
    assert.equal((recording.one(...caSecret).inputs.metadata as { name: string }).name, unknown);
    assert.equal(
      (recording.one(...connection).inputs.spec as Record<string, unknown>).caCertSecretRef,
      unknown,
    );
  });

  test("needs no CA of a Vault that the system trusts", async () => {
    const external = { mode: "external", address: "https://vault.example.test:8200" };
    const recording = await recordRegion("hub", false, { vault: external });
    assert.deepEqual(recording.one(...connection).inputs.spec, { address: external.address });
    assert.equal(
      recording.registrations.some(({ type }) => type === caSecret[0]),
      false,
    );
  });
});

describe("A namespace that reads secrets", () => {
  test("is made, with an account that no pod can use, and stays when it reads none any more", async () => {
    const recording = await withConsumer();
    assert.deepEqual(namespacesOf(recording), ["otel", "vault-secrets-operator"]);
    const namespace = recording.one("kubernetes:core/v1:Namespace", "vault-secrets-operator-otel-namespace");
    assert.deepEqual(namespace.options, { retainOnDelete: true });
    assert.deepEqual(recording.one(...account).inputs, {
      apiVersion: "v1",
      automountServiceAccountToken: false,
      kind: "ServiceAccount",
      metadata: { name: "vso-auth", namespace: "otel" },
    });
  });

  for (const [title, namespace, existingNamespaces] of [
    ["that the settings say exists", "otel", ["otel"]],
    ["that every cluster has", "default", []],
  ] as const) {
    test(`${title} is not made, but gets its account`, async () => {
      const consumers = { [namespace]: ["otel/client"] };
      const recording = await recordRegion("hub", false, {
        vault: { ...vault, consumers },
        delivery: { existingNamespaces },
      });
      assert.deepEqual(namespacesOf(recording), ["vault-secrets-operator"]);
      const { inputs } = recording.one(account[0], `vault-secrets-operator-${namespace}-service-account`);
      assert.deepEqual(inputs.metadata, { name: "vso-auth", namespace });
    });
  }

  test("logs in with its own role, for Vault alone, once the role and the connection are there", async () => {
    const { inputs, dependencies } = (await withConsumer()).one(...vaultAuth);
    assert.deepEqual(inputs, {
      apiVersion: "secrets.hashicorp.com/v1beta1",
      kind: "VaultAuth",
      metadata: { annotations: whenValid, name: "vault", namespace: "otel" },
      spec: {
        kubernetes: {
          audiences: ["vault"],
          role: "consumer-otel",
          serviceAccount: "vso-auth",
          tokenExpirationSeconds: 600,
        },
        method: "kubernetes",
        mount: "kubernetes",
        vaultConnectionRef: "vault-secrets-operator/default",
      },
    });
    assert.deepEqual(dependencies, [
      "vault-access-kubernetes-config",
      "vault-access-otel-role",
      "vault-secrets-operator-connection",
      "vault-secrets-operator-otel-namespace",
      "vault-secrets-operator-otel-service-account",
    ]);
  });

  test("logs in to the Vault namespace of a Vault that has them", async () => {
    const { inputs } = (
      await recordRegion("hub", false, {
        vault: {
          mode: "external",
          address: "https://vault.example.test:8200",
          namespace: "admin",
          consumers: vault.consumers,
        },
      })
    ).one(...vaultAuth);
    assert.equal((inputs.spec as Record<string, unknown>).namespace, "admin");
  });

  test("gets the synced secrets of the settings, after its login", async () => {
    const ca = {
      namespace: "otel",
      path: "otel/client",
      destination: "client-tls",
      labels: { app: "gateway" },
      refreshAfter: "60s",
      restart: [{ kind: "Deployment", name: "gateway" }],
    };
    const { inputs, dependencies } = (await withConsumer({ syncedSecrets: { "client-ca": ca } })).one(
      `${group}:VaultStaticSecret`,
      "vault-secrets-operator-client-ca-secret",
    );
    assert.deepEqual(inputs, {
      apiVersion: "secrets.hashicorp.com/v1beta1",
      kind: "VaultStaticSecret",
      metadata: { name: "client-ca", namespace: "otel" },
      spec: {
        destination: {
          annotations: {},
          create: true,
          labels: { app: "gateway" },
          name: "client-tls",
          transformation: { excludeRaw: true },
          type: "Opaque",
        },
        hmacSecretData: true,
        mount: "secret",
        path: "otel/client",
        refreshAfter: "60s",
        rolloutRestartTargets: [{ kind: "Deployment", name: "gateway" }],
        type: "kv-v2",
        vaultAuthRef: "vault",
      },
    });
    assert.ok(dependencies.includes("vault-secrets-operator-otel-auth"));
  });

  for (const [title, consumerRoles, known] of [
    ["which others do", { otel: "consumer-otel", web: "consumer-web" }, "those that do are otel, web"],
    ["as nobody does", {}, "none does"],
  ] as const) {
    test(`is not found by a program when it reads none, ${title}`, async () => {
      let failure: unknown;
      await recordComponents(() => {
        const operator = new VaultSecretsOperator("operator", {
          replicas: 1,
          existingNamespaces: [],
          syncedSecrets: {},
          chart: { chart: "vault-secrets-operator", version: "0.10.0", values: {} },
          vault: {
            address: "https://vault.example.test:8200",
            mountPath: "secret",
            login: { kind: "kubernetes", path: "kubernetes" },
            consumerRoles,
            externalSecretsRole: "external-secrets",
          },
        });
        try {
          operator.consumer("payments");
        } catch (error) {
          failure = error;
        }
      });
      assert.ok(failure instanceof Error);
      assert.equal(
        failure.message,
        `namespace payments reads no secrets of this region's Vault; ${known}. ` +
          "Give it paths under vault-federation:vault.consumers.payments.",
      );
    });
  }
});
