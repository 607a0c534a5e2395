import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { dump } from "../../support/golden.ts";
import { unknown, type Recording } from "../../support/record.ts";
import { recordEverything } from "../../support/everything.ts";
import {
  caBundle,
  journalKey,
  kubeconfig,
  shippedStacks,
  signer,
  tokenIssuedAt,
  vaultIp,
  vaultOutcome,
} from "../../support/regions.ts";

/** Every component, with the one around it; none is around those of the stack itself. */
const componentParents = {
  "cert-manager": "",
  cluster: "",
  "external-secrets": "",
  "external-secrets-local": "external-secrets",
  federation: "",
  "federation-another-edge": "federation",
  "federation-another-edge-grant": "federation-another-edge",
  "federation-another-edge-rotation": "federation-another-edge",
  "federation-another-edge-store": "federation-another-edge",
  "federation-another-edge-store-vault": "federation-another-edge-store",
  "federation-late-edge": "federation",
  "federation-late-edge-grant": "federation-late-edge",
  "federation-link-operator": "federation",
  "federation-link-store": "federation",
  "federation-link-store-local": "federation-link-store",
  "shared-secrets": "",
  vault: "",
  "vault-access": "vault",
  "vault-bootstrap": "vault",
  "vault-secrets-operator": "",
  "vault-secrets-operator-client-ca": "vault-secrets-operator",
  "vault-secrets-operator-otel": "vault-secrets-operator",
  "vault-server": "vault",
};

const stackType = "pulumi:pulumi:Stack";
const helmRelease = "kubernetes:helm.sh/v3:Release";
const contract = [
  "caBundle",
  "kubeconfig",
  "kubernetesClusterId",
  "kubernetesEndpoints",
  "linkAuth",
  "peerLink_another-edge",
  "peerTokenIssue_another-edge",
  "peerTokenIssue_late-edge",
  "peerToken_another-edge",
  "peerToken_late-edge",
  "peers",
  "region",
  "role",
  "serviceAccountIssuer",
  "vaultAddress",
  "vaultCaBundle",
  "vaultClusterId",
  "vaultKeyShares",
];

for (const stack of shippedStacks) {
  for (const preview of [false, true]) {
    describe(`The program of ${stack}, ${preview ? "as in a preview" : "as in an update"},`, () => {
      let recording: Recording;

      before(async () => {
        recording = await recordEverything(stack, preview);
      });

      test("gives every resource a component as its parent", () => {
        const components = new Set(
          recording.registrations.filter(({ custom }) => !custom).map(({ name }) => name),
        );
        assert.deepEqual([...components].sort(), Object.keys(componentParents));
        const orphans = recording.registrations.filter(
          ({ custom, parent }) => custom && !components.has(parent),
        );
        assert.deepEqual(orphans, []);
      });

      test("puts components under the stack or the one they are part of, with types that name the project, their folder and their class", () => {
        const components = recording.registrations.filter(
          ({ custom, type }) => !custom && type !== stackType,
        );
        assert.deepEqual(
          Object.fromEntries(components.map(({ name, parent }) => [name, parent])),
          componentParents,
        );
        for (const { name, type, parent } of components) {
          assert.match(
            type,
            /^vault-federation:(certificates|cluster|delivery|federation|vault):[A-Z][A-Za-z]+$/,
          );
          assert.ok(parent === "" || name.startsWith(`${parent}-`));
        }
      });

      test("begins the name of every resource with that of its component", () => {
        const strangers = recording.registrations
          .filter(({ custom }) => custom)
          .filter(({ name, parent }) => name !== parent && !name.startsWith(`${parent}-`));
        assert.deepEqual(strangers, []);
      });

      test("names every resource for the region, so that those of another region are others", () => {
        const region = String(recording.outputs.region);
        const strangers = recording.registrations.filter(
          ({ type, fullName }) => type !== stackType && !fullName.includes(`-${region}`),
        );
        assert.deepEqual(strangers, []);
      });

      test("forgets with the cluster what only a running Vault or operator could let go, and nothing that costs money", () => {
        // The engine hands the option down to children.
        assert.deepEqual(
          recording.registrations
            .filter(({ options }) => "deletedWith" in options)
            .map(({ name, options }) => [name, options.deletedWith])
            .sort(),
          ["external-secrets", "federation", "shared-secrets", "vault-access", "vault-secrets-operator"].map(
            (name) => [name, "cluster"],
          ),
        );
      });

      test("never gives a name twice to the same type", () => {
        const names = recording.registrations.map(({ type, name }) => `${type} ${name}`);
        assert.deepEqual(
          names.filter((name, index) => names.indexOf(name) !== index),
          [],
        );
      });

      test("gives every release an exact version, a namespace, a source and a time limit", () => {
        const releases = recording.registrations.filter(({ type }) => type === helmRelease);
        assert.deepEqual(
          releases.map(({ inputs }) => inputs.namespace),
          ["cert-manager", "external-secrets", "vault-secrets-operator", "vault"],
        );
        for (const { inputs } of releases) {
          assert.match(String(inputs.version), /^v?\d+\.\d+\.\d+$/);
          assert.deepEqual(inputs.repositoryOpts, { repo: "https://charts.example.com" });
          assert.ok(Number(inputs.timeout) > 0);
        }
      });

      test("never uses a Kubernetes provider but the cluster's own", () => {
        const providers = recording.registrations
          .filter(({ type }) => type.startsWith("kubernetes:"))
          .map(({ provider }) => provider);
        assert.ok(providers.length > 0);
        assert.deepEqual([...new Set(providers)], ["cluster-kubernetes"]);
      });

      test("keeps the kubeconfig secret wherever it is an input or an output", () => {
        const holders = recording.registrations.flatMap(({ type, inputs, outputs }) =>
          [inputs, outputs]
            .filter((members) => "kubeconfig" in members)
            .map((members) => ({ type, members })),
        );
        assert.deepEqual(
          holders.map(({ type }) => type),
          [
            "pulumi-nodejs:dynamic/vault-federation:CaBundle",
            "pulumi-nodejs:dynamic/vault-federation:NodeReadiness",
            "pulumi-nodejs:dynamic/vault-federation:ServiceAccountKeys",
            "pulumi-nodejs:dynamic/vault-federation:VaultBootstrap",
            "pulumi:providers:kubernetes",
            "vault-federation:cluster:LkeCluster",
          ],
        );
        for (const { members } of holders) {
          assert.deepEqual(members.kubeconfig, { secret: preview ? unknown : kubeconfig });
        }
      });

      test("has the kubeconfig nowhere else, neither as it is nor as the cloud encodes it", () => {
        const withoutSecrets = JSON.stringify(recording, (key, value: unknown) =>
          key === "kubeconfig" ? "removed" : value,
        );
        assert.equal(withoutSecrets.includes(JSON.stringify(kubeconfig).slice(1, -1)), false);
        assert.equal(withoutSecrets.includes(Buffer.from(kubeconfig).toString("base64")), false);
      });

      test("never uses a Vault provider but the one that logs in", () => {
        const providers = recording.registrations
          .filter(({ type }) => type.startsWith("vault:"))
          .map(({ provider }) => provider);
        assert.ok(providers.length > 0);
        assert.deepEqual([...new Set(providers)], ["vault-provider"]);
      });

      test("has Pulumi's login, the key of the bootstrap's memory and peers' tokens nowhere but in secrets", () => {
        // What a provider makes itself is marked by the engine, which is not here.
        const others = recording.registrations.filter(({ type }) => !type.startsWith("random:"));
        const withoutSecrets = JSON.stringify([others, recording.outputs], (key, value: unknown) =>
          key === "secret" ? "removed" : value,
        );
        for (const secret of [
          journalKey,
          vaultOutcome.access.roleId,
          vaultOutcome.access.secretId,
          "a-token-made-here",
          "a-token-for-its-peer",
        ]) {
          assert.equal(withoutSecrets.includes(secret), false);
        }
        assert.equal(JSON.stringify(others).includes(vaultOutcome.access.secretId), !preview);
      });

      test("keeps no secret in the code of its dynamic resources", () => {
        const dynamic = recording.registrations.filter(({ type }) =>
          type.startsWith("pulumi-nodejs:dynamic/"),
        );
        assert.equal(dynamic.length, 4);
        for (const { code } of dynamic) {
          assert.match(code, /#components\//);
          assert.doesNotMatch(code, /kind: Config/);
          assert.equal(code.includes(journalKey), false);
          assert.equal(code.includes(vaultOutcome.access.secretId), false);
        }
      });

      test("exports the contract's names and no others, with the kubeconfig and what holds tokens as secrets", () => {
        const known = (value: unknown): unknown => (preview ? unknown : value);
        assert.deepEqual(Object.keys(recording.outputs).sort(), contract);
        assert.deepEqual(recording.outputs, {
          role: stack,
          region: stack === "hub" ? "us-ord" : "fr-par",
          kubernetesClusterId: known("4242"),
          kubernetesEndpoints: known(["https://api.example.test:443"]),
          kubeconfig: { secret: known(kubeconfig) },
          caBundle: known(caBundle),
          vaultAddress: known(`https://${vaultIp}:8200`),
          vaultClusterId: known(vaultOutcome.clusterId),
          vaultKeyShares: known(vaultOutcome.shares),
          vaultCaBundle: known(caBundle),
          linkAuth: "token",
          serviceAccountIssuer: known(signer),
          peers: ["another-edge", "late-edge"],
          "peerToken_another-edge": { secret: known("a-token-made-here") },
          "peerToken_late-edge": { secret: known("a-token-made-here") },
          "peerTokenIssue_another-edge": known({ number: 1, issuedAt: tokenIssuedAt }),
          "peerTokenIssue_late-edge": known({ number: 1, issuedAt: tokenIssuedAt }),
          "peerLink_another-edge": {
            secret: {
              address: "https://198.51.100.7:8200",
              caBundle: "-----BEGIN CERTIFICATE-----\nof the peer\n",
              login: { auth: "token", token: "a-token-for-its-peer", issuedAt: tokenIssuedAt },
            },
          },
        });
      });

      test("registers the same when it runs again", async () => {
        assert.equal(dump(await recordEverything(stack, preview)), dump(recording));
      });
    });
  }

  test(`The program of ${stack} registers the same resources in a preview as in an update`, async () => {
    const identities = ({ registrations }: Recording): unknown =>
      registrations.map(({ type, name, parent, provider, options }) => ({
        type,
        name,
        parent,
        provider,
        options,
      }));
    const update = await recordEverything(stack, false);
    const preview = await recordEverything(stack, true);
    assert.deepEqual(identities(preview), identities(update));
  });
}
