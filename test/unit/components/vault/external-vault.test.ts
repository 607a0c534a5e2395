import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import type { Recording } from "../../../support/record.ts";
import { peerOutputs, recordRegion, signer, stackName } from "../../../support/regions.ts";

const provider = ["pulumi:providers:vault", "vault-provider"] as const;
const run = ["pulumi-nodejs:dynamic/vault-federation:VaultBootstrap", "vault-bootstrap-run"] as const;

const address = "https://vault.example.test:8200";

/** A region whose Vault exists already. */
function external(changes: object = {}, preview = false): Promise<Recording> {
  return recordRegion("hub", preview, { vault: { mode: "external", address, ...changes } });
}

function typesOf({ registrations }: Recording): string[] {
  return registrations.map(({ type }) => type);
}

describe("A Vault that exists", () => {
  for (const preview of [false, true]) {
    test(`gets neither servers nor a bootstrap, ${preview ? "at a preview" : "in an update"}`, async () => {
      const types = typesOf(await external({}, preview));
      for (const absent of [
        "vault-federation:vault:VaultServer",
        "vault-federation:vault:VaultBootstrap",
        "random:index/randomBytes:RandomBytes",
        "kubernetes:core/v1:Service",
        "vault:index/audit:Audit",
        "vault:index/raftAutopilot:RaftAutopilot",
        run[0],
      ]) {
        assert.equal(types.includes(absent), false, absent);
      }
      for (const present of [
        "vault:index/mount:Mount",
        "vault:jwt/authBackend:AuthBackend",
        "vault-federation:vault:VaultAccess",
      ]) {
        assert.equal(types.includes(present), true, present);
      }
    });
  }

  test("has its mount and the pods' login protected, as the servers of a region's own are", async () => {
    for (const [changes, expected] of [
      [{}, true],
      [{ protect: false }, undefined],
    ] as const) {
      const recording = await recordRegion("hub", false, {
        vault: { mode: "external", address },
        ...changes,
      });
      for (const [type, name] of [
        ["vault:index/mount:Mount", "vault-access-secrets"],
        ["vault:jwt/authBackend:AuthBackend", "vault-access-jwt"],
      ] as const) {
        assert.equal(recording.one(type, name).options.protect, expected);
      }
    }
  });

  test("knows the cluster's keys, and so lets pods in without asking the cluster", async () => {
    const recording = await external({ consumers: { otel: ["otel/client"] } });
    assert.deepEqual(recording.one("vault:jwt/authBackend:AuthBackend", "vault-access-jwt").inputs, {
      boundIssuer: signer.issuer,
      description: "Pods of this region",
      jwtValidationPubkeys: signer.keys,
      path: "jwt-hub",
    });
    assert.deepEqual(
      recording.one("vault:jwt/authBackendRole:AuthBackendRole", "vault-access-otel-role").inputs,
      {
        backend: "jwt-hub",
        boundAudiences: ["vault"],
        boundSubject: "system:serviceaccount:otel:vso-auth",
        roleName: "consumer-otel",
        roleType: "jwt",
        tokenMaxTtl: 86_400,
        tokenNoDefaultPolicy: true,
        tokenPolicies: ["consumer-otel"],
        tokenTtl: 3_600,
        userClaim: "sub",
      },
    );
  });

  test("is what the region's operators log in to with these keys, too", async () => {
    const recording = await recordRegion(
      "hub",
      false,
      {
        vault: { mode: "external", address, consumers: { otel: ["otel/client"] } },
        peers: { edge: {} },
      },
      { [stackName("edge")]: peerOutputs("hub") },
    );
    const specOf = (kind: string, name: string): unknown => recording.one(kind, name).inputs.spec;
    const account = { name: "external-secrets", audiences: ["vault"] };
    const auth = specOf(
      "kubernetes:secrets.hashicorp.com/v1beta1:VaultAuth",
      "vault-secrets-operator-otel-auth",
    );
    assert.deepEqual(auth, {
      vaultConnectionRef: "vault-secrets-operator/default",
      method: "jwt",
      mount: "jwt-hub",
      jwt: {
        role: "consumer-otel",
        serviceAccount: "vso-auth",
        audiences: ["vault"],
        tokenExpirationSeconds: 600,
      },
    });
    const store = specOf(
      "kubernetes:external-secrets.io/v1:ClusterSecretStore",
      "external-secrets-local-store",
    ) as { provider: { vault: { auth: unknown } } };
    assert.deepEqual(store.provider.vault.auth, {
      jwt: {
        path: "jwt-hub",
        role: "external-secrets",
        kubernetesServiceAccountToken: { serviceAccountRef: { ...account, namespace: "external-secrets" } },
      },
    });
    const generator = specOf(
      "kubernetes:generators.external-secrets.io/v1alpha1:VaultDynamicSecret",
      "federation-edge-rotation-generator",
    ) as { provider: unknown };
    assert.deepEqual(generator.provider, {
      server: address,
      auth: {
        jwt: {
          path: "jwt-hub",
          role: "links",
          kubernetesServiceAccountToken: { serviceAccountRef: account },
        },
      },
    });
    const operator = recording.one(
      "vault:jwt/authBackendRole:AuthBackendRole",
      "federation-link-operator-role",
    );
    assert.equal(operator.inputs.boundSubject, "system:serviceaccount:external-secrets:vfed");
  });

  test("is asked whether it is up before anything in it goes", async () => {
    const recording = await recordRegion(
      "hub",
      false,
      { vault: { mode: "external", address }, peers: { edge: {} } },
      { [stackName("edge")]: peerOutputs("hub") },
    );
    const { inputs, dependencies } = recording.one(
      "pulumi-nodejs:dynamic/vault-federation:VaultDeparture",
      "vault-departure",
    );
    assert.equal(inputs.address, address);
    assert.match(String(inputs.providerUrn), /pulumi:providers:vault::vault-provider$/);
    const inside = recording.registrations.filter(({ type }) => type.startsWith("vault:"));
    assert.ok(inside.length > 0);
    assert.deepEqual(
      inside.filter(({ name }) => !dependencies.includes(name)).map(({ name }) => name),
      [],
    );
  });

  test("is the only one that is asked, as one of the region's own goes with its cluster", async () => {
    const { registrations } = await recordRegion("hub");
    assert.equal(
      registrations.some(({ type }) => type.endsWith(":VaultDeparture")),
      false,
    );
  });

  test("gets no role for snapshots, which its owners take", async () => {
    const names = (await external()).registrations.map(({ name }) => name);
    assert.equal(names.includes("vault-access-external-secrets-role"), true);
    assert.equal(names.includes("vault-access-snapshot-role"), false);
  });

  test("is reached with the system's own CAs and the environment's login, unless told otherwise", async () => {
    const { inputs } = (await external()).one(...provider);
    assert.equal(inputs.address, address);
    for (const absent of ["caCertFile", "authLogin", "namespace", "token"]) {
      assert.equal(absent in inputs, false, absent);
    }
  });

  test("is reached with its CA and in its namespace where it has them", async () => {
    const own = "-----BEGIN CERTIFICATE-----\nits own\n";
    const { inputs } = (await external({ caBundle: own, namespace: "admin" })).one(...provider);
    assert.equal(inputs.namespace, "admin");
    assert.equal(readFileSync(String(inputs.caCertFile), "utf8"), own);
  });

  test("is the same whatever the region is, and stays when the cluster goes", async () => {
    const { registrations } = await recordRegion("hub", false, {
      vault: { mode: "external", address },
      cluster: { region: "fr-par" },
    });
    const inside = registrations.filter(({ type }) => type.startsWith("vault:"));
    assert.ok(inside.length > 0);
    for (const { name, options } of [
      ...inside,
      ...registrations.filter((each) => each.name === "vault-access"),
    ]) {
      assert.match(name, /^vault-access/);
      assert.equal("deletedWith" in options, false);
    }
  });

  test("tells peers in which namespace it is, and is found there by them", async () => {
    const told = (await external({ namespace: "admin" })).outputs;
    assert.equal(told.vaultEnterpriseNamespace, "admin");
    const peer = await recordRegion(
      "edge",
      false,
      { peers: { hub: {} } },
      { [stackName("hub")]: peerOutputs("edge", { vaultEnterpriseNamespace: "admin" }) },
    );
    const { spec } = peer.one(
      "kubernetes:external-secrets.io/v1:ClusterSecretStore",
      "federation-hub-store-vault-store",
    ).inputs as { spec: { provider: { vault: { namespace: string } } } };
    assert.equal(spec.provider.vault.namespace, "admin");
    const { secret } = peer.outputs.peerLink_hub as { secret: { namespace: string } };
    assert.equal(secret.namespace, "admin");
  });

  test("is published by its address alone", async () => {
    const { outputs } = await external();
    assert.equal(outputs.vaultAddress, address);
    assert.equal("vaultClusterId" in outputs, false);
    assert.equal("vaultKeyShares" in outputs, false);
  });
});
