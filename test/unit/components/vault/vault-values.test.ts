import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { serverDnsNames, vaultConfiguration } from "../../../../components/vault/vault-values.ts";

function join(index: number): string {
  return `  retry_join {
    leader_api_addr = "https://vault-${index}.vault-internal:8200"
    leader_ca_cert_file = "/vault/userconfig/vault-server-tls/ca.crt"
    leader_tls_servername = "vault"
  }`;
}

/** The configuration of servers whose joins and seal are given. */
function expected(joins: readonly string[], seal = ""): string {
  return `ui = false

disable_mlock = true

listener "tcp" {
  address = "[::]:8200"
  cluster_address = "[::]:8201"
  tls_cert_file = "/vault/userconfig/vault-server-tls/tls.crt"
  tls_key_file = "/vault/userconfig/vault-server-tls/tls.key"
  tls_min_version = "tls12"
}

listener "tcp" {
  address = "[::]:8210"
  cluster_address = "127.0.0.1:8211"
  tls_cert_file = "/vault/userconfig/vault-server-tls/tls.crt"
  tls_key_file = "/vault/userconfig/vault-server-tls/tls.key"
  tls_min_version = "tls12"
  telemetry {
    unauthenticated_metrics_access = true
  }
}

storage "raft" {
  path = "/vault/data"
${joins.join("\n")}
}

service_registration "kubernetes" {}

telemetry {
  prometheus_retention_time = "30s"
  disable_hostname = true
}

${seal}`;
}

describe("Vault's configuration", () => {
  test("has no seal where operators open Vault, and lets each server find all three", () => {
    assert.equal(
      vaultConfiguration(3, { type: "shamir", parameters: {}, acceptDependencyOnPeer: false }),
      expected([join(0), join(1), join(2)]),
    );
  });

  test("has the seal's own parameters where a key service opens Vault, and none of its credentials", () => {
    const seal = {
      type: "awskms",
      parameters: { region: "us-east-1", kms_key_id: 'a"key' },
      credentials: { secretName: "vault-seal", variables: ["AWS_SECRET_ACCESS_KEY"], files: [] },
      acceptDependencyOnPeer: false,
    } as const;
    assert.equal(
      vaultConfiguration(5, {
        ...seal,
        credentials: { secretName: "vault-seal", variables: ["AWS_SECRET_ACCESS_KEY"], files: [] },
      }),
      expected(
        [0, 1, 2, 3, 4].map(join),
        'seal "awskms" {\n  region = "us-east-1"\n  kms_key_id = "a\\"key"\n}\n\n',
      ),
    );
  });
});

test("The servers' certificate is for every Service name, for each server, and for a server's own host", () => {
  assert.deepEqual(serverDnsNames("ns"), [
    "vault",
    "vault.ns",
    "vault.ns.svc",
    "vault.ns.svc.cluster.local",
    "vault-active",
    "vault-active.ns",
    "vault-active.ns.svc",
    "vault-active.ns.svc.cluster.local",
    "vault-standby",
    "vault-standby.ns",
    "vault-standby.ns.svc",
    "vault-standby.ns.svc.cluster.local",
    "*.vault-internal",
    "*.vault-internal.ns.svc.cluster.local",
    "localhost",
  ]);
});
