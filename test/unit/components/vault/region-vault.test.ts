import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, test } from "node:test";

import { unknown } from "../../../support/record.ts";
import {
  caBundle,
  journalKey,
  kubeconfig,
  recordRegion,
  vaultIp,
  vaultOutcome,
} from "../../../support/regions.ts";
import { projectFolder } from "../../../support/runtime.ts";
import { binaryForm, operators } from "../../../support/operators.ts";

const provider = ["pulumi:providers:vault", "vault-provider"] as const;
const run = ["pulumi-nodejs:dynamic/vault-federation:VaultBootstrap", "vault-bootstrap-run"] as const;
const bootstrap = ["vault-federation:vault:VaultBootstrap", "vault-bootstrap"] as const;
const whole = ["vault-federation:vault:RegionVault", "vault"] as const;
const access = ["vault-federation:vault:VaultAccess", "vault-access"] as const;

describe("A region's Vault", () => {
  test("is bootstrapped when its servers are there, with all that this needs", async () => {
    const recording = await recordRegion("hub");
    const { inputs } = recording.one(...run);
    assert.equal(typeof inputs.pulumiPolicy, "string");
    assert.deepEqual(inputs, {
      kubernetesClusterId: "4242",
      kubeconfig: { secret: kubeconfig },
      journalKey: { secret: journalKey },
      namespace: "vault",
      replicas: 3,
      caBundle,
      operatorKeys: operators.map(binaryForm),
      threshold: 2,
      pulumiPolicy: inputs.pulumiPolicy,
      timeoutSeconds: 600,
    });
    assert.ok(recording.one(...bootstrap).dependencies.includes("vault-server-release"));
  });

  test("has servers and data that a setting which is left out can't delete, as all that would have to go with them is protected", async () => {
    for (const [changes, expected] of [
      [{}, true],
      [{ protect: false }, undefined],
    ] as const) {
      const recording = await recordRegion("hub", false, changes);
      for (const [type, name] of [
        ["kubernetes:core/v1:Namespace", "vault-server-namespace"],
        ["kubernetes:helm.sh/v3:Release", "vault-server-release"],
        ["vault:index/mount:Mount", "vault-access-secrets"],
        ["vault:index/authBackend:AuthBackend", "vault-access-kubernetes"],
        ["vault:index/audit:Audit", "vault-access-audit-file"],
        ["vault:index/audit:Audit", "vault-access-audit-stdout"],
      ] as const) {
        assert.equal(recording.one(type, name).options.protect, expected);
      }
    }
  });

  test("is behind a firewall that lets in whom the settings name, and open to everybody if they name nobody", async () => {
    const accessControl = { ipv4: ["203.0.113.7"], ipv6: ["2001:db8::/32"] };
    for (const [changes, expected] of [
      [{}, undefined],
      [
        { vault: { operators, threshold: 2, accessControl } },
        '{"allowList":{"ipv4":["203.0.113.7/32"],"ipv6":["2001:db8::/32"]}}',
      ],
    ] as const) {
      const recording = await recordRegion("hub", false, changes);
      const { metadata } = recording.one("kubernetes:core/v1:Service", "vault-server-service").inputs as {
        metadata: { annotations: Record<string, string> };
      };
      assert.equal(
        metadata.annotations["service.beta.kubernetes.io/linode-loadbalancer-firewall-acl"],
        expected,
      );
    }
  });

  test("keeps secret in the state what of its bootstrap is secret", async () => {
    const { options } = (await recordRegion("hub")).one(...run);
    assert.deepEqual(options.additionalSecretOutputs, ["kubeconfig", "journalKey", "access"]);
  });

  test("is another one on another Kubernetes cluster", async () => {
    const { options } = (await recordRegion("hub")).one(...run);
    assert.deepEqual(options.replaceOnChanges, ["kubernetesClusterId"]);
  });

  test("takes what is inside it along when its cluster goes, sealed or not", async () => {
    assert.deepEqual((await recordRegion("hub")).one(...access).options, { deletedWith: "cluster" });
  });

  for (const [title, preview, login] of [
    ["an update", false, vaultOutcome.access],
    ["the first preview", true, unknown],
  ] as const) {
    test(`records Pulumi's login as a secret in ${title}`, async () => {
      const { outputs } = (await recordRegion("hub", preview)).one(...bootstrap);
      assert.deepEqual(outputs.access, { secret: login });
    });
  }

  test("is used by a provider that logs in, with the login as a secret", async () => {
    const { inputs } = (await recordRegion("hub")).one(...provider);
    const { authLogin, caCertFile, ...others } = inputs;
    assert.deepEqual(JSON.parse((authLogin as { secret: string }).secret), {
      path: "auth/approle/login",
      parameters: { role_id: "a-role-id", secret_id: "a-secret-id" },
    });
    assert.equal(typeof caCertFile, "string");
    assert.equal(others.address, `https://${vaultIp}:8200`);
    assert.equal(others.maxLeaseTtlSeconds, "14400");
    assert.equal("namespace" in others, false);
    assert.equal("token" in others, false);
  });

  test("is trusted by a file of the project, whose name is the same in each run", async () => {
    const fileOf = async (): Promise<string> =>
      String((await recordRegion("hub")).one(...provider).inputs.caCertFile);
    const file = await fileOf();
    assert.equal(dirname(resolve(file)), join(projectFolder, ".vault-ca"));
    assert.equal(readFileSync(file, "utf8"), caBundle);
    assert.equal(await fileOf(), file);
  });

  test("has an address, a CA and a login that the first preview does not know", async () => {
    const { inputs } = (await recordRegion("hub", true)).one(...provider);
    assert.equal(inputs.address, unknown);
    assert.equal(inputs.caCertFile, unknown);
    assert.deepEqual(inputs.authLogin, { secret: unknown });
  });

  test("tells its address, its id and the operators' shares", async () => {
    const { inputs, outputs } = (await recordRegion("hub")).one(...whole);
    assert.deepEqual(inputs, { mode: "server" });
    assert.deepEqual(outputs, {
      address: `https://${vaultIp}:8200`,
      clusterId: vaultOutcome.clusterId,
      shares: vaultOutcome.shares,
    });
  });
});

describe("Who uses Vault", () => {
  const users = {
    operators,
    threshold: 2,
    consumers: { otel: ["otel/client"] },
  };

  test("gets a policy and a role each, bound to one service account of one namespace", async () => {
    const recording = await recordRegion("hub", false, { vault: users });
    const roles = recording.registrations.filter(
      ({ type }) => type === "vault:kubernetes/authBackendRole:AuthBackendRole",
    );
    const expected = (namespace: string, account: string, role: string): object => ({
      audience: "vault",
      backend: "kubernetes",
      boundServiceAccountNames: [account],
      boundServiceAccountNamespaces: [namespace],
      roleName: role,
      tokenMaxTtl: 86_400,
      tokenNoDefaultPolicy: true,
      tokenPolicies: [role],
      tokenTtl: 3_600,
    });
    assert.deepEqual(
      roles.map(({ name, inputs }) => [name, inputs]),
      [
        [
          "vault-access-external-secrets-role",
          expected("external-secrets", "external-secrets", "external-secrets"),
        ],
        ["vault-access-otel-role", expected("otel", "vso-auth", "consumer-otel")],
        ["vault-access-snapshot-role", expected("vault", "vault-snapshot", "snapshot")],
      ],
    );
  });

  test("is recorded by two devices from the first secret on", async () => {
    const recording = await recordRegion("hub");
    const devices = recording.registrations.filter(({ type }) => type === "vault:index/audit:Audit");
    assert.deepEqual(
      devices.map(({ inputs, options }) => [inputs.path, inputs.options, options.deleteBeforeReplace]),
      [
        ["file", { file_path: "/vault/audit/audit.log" }, true],
        ["stdout", { file_path: "stdout" }, true],
      ],
    );
    const { dependencies } = recording.one("vault:index/mount:Mount", "vault-access-secrets");
    assert.deepEqual(dependencies, ["vault-access-audit-file", "vault-access-audit-stdout"]);
  });
});
