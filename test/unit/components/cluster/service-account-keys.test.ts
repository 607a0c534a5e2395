import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";

import type { dynamic } from "@pulumi/pulumi";

import { signerFrom } from "../../../../components/cluster/read-service-account-keys.ts";
import { revive } from "../../../support/dynamic-provider.ts";
import {
  serveKubernetesApi,
  unreachableKubeconfig,
  type KubernetesApi,
} from "../../../support/kubernetes-api.ts";
import type { Recording } from "../../../support/record.ts";
import { recordRegion, stackName } from "../../../support/regions.ts";
import { withWarnings } from "../../../support/warnings.ts";

const keys = [
  generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey,
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey,
];
const pems = keys.map((key) => key.export({ type: "spki", format: "pem" }).toString().trim()).sort();
const keySet = { keys: keys.map((key) => ({ ...key.export({ format: "jwk" }), use: "sig", kid: "a" })) };
const discovery = { issuer: "https://issuer.example.test", jwks_uri: "https://issuer.example.test/keys" };

const resource = [
  "pulumi-nodejs:dynamic/vault-federation:ServiceAccountKeys",
  "federation-service-account-keys",
] as const;

function record(): Promise<Recording> {
  return recordRegion("hub", false, { peers: { edge: {} } }, { [stackName("edge")]: {} });
}

test("A cluster's keys are in the form that Vault takes, in an order that does not change", () => {
  assert.deepEqual(signerFrom(discovery, keySet), { issuer: discovery.issuer, keys: pems });
  assert.deepEqual(signerFrom(discovery, { keys: keySet.keys.toReversed() }), {
    issuer: discovery.issuer,
    keys: pems,
  });
});

test("ServiceAccountKeys keeps the kubeconfig secret among its outputs", async () => {
  assert.deepEqual((await record()).one(...resource).options, { additionalSecretOutputs: ["kubeconfig"] });
});

describe("ServiceAccountKeys' code, as the state holds it,", () => {
  const signer = { issuer: discovery.issuer, keys: pems };
  let apis: KubernetesApi[];
  let provider: dynamic.ResourceProvider;

  before(async () => {
    provider = revive((await record()).one(...resource).code);
    apis = await Promise.all([1, 2, 3].map(() => serveKubernetesApi([200, discovery], [200, keySet])));
  });
  after(() => Promise.all(apis.map((api) => api.close())));

  test("reads the keys when it is created, from the two places where every cluster publishes them", async () => {
    const inputs = { kubeconfig: apis[0]?.kubeconfig };
    assert.deepEqual(await provider.create(inputs), { id: discovery.issuer, outs: { ...inputs, signer } });
    assert.deepEqual(apis[0]?.requests, ["/.well-known/openid-configuration", "/openid/v1/jwks"]);
  });

  test("reads them again when an input changes", async () => {
    const inputs = { kubeconfig: apis[1]?.kubeconfig };
    assert.deepEqual(await provider.update?.("a", {}, inputs), { outs: { ...inputs, signer } });
  });

  test("reads them again at a refresh", async () => {
    const inputs = { kubeconfig: apis[2]?.kubeconfig };
    assert.deepEqual(await provider.read?.("a", { ...inputs, signer: "an old one" }), {
      id: "a",
      props: { ...inputs, signer },
    });
  });

  test("keeps those that it read last, with a warning, if the cluster does not answer a refresh", async () => {
    const outputs = { kubeconfig: await unreachableKubeconfig(), signer: { issuer: "a", keys: ["b"] } };
    const { outcome, warnings } = await withWarnings(async () => provider.read?.("a", outputs));
    assert.deepEqual(outcome, { id: "a", props: outputs });
    assert.match(
      warnings,
      /^warning: the keys of the cluster's service accounts could not be read again: .*ECONNREFUSED/,
    );
  });

  test("says why the keys could not be read, and where to look", async () => {
    await assert.rejects(provider.create({ kubeconfig: await unreachableKubeconfig() }), {
      message: /could not be read: .*ECONNREFUSED.*kubectl get --raw \/openid\/v1\/jwks/s,
    });
  });

  test("refuses an import", async () => {
    await assert.rejects(async () => provider.read?.("a"), {
      message: "the keys of service accounts can't be imported; let `pulumi up` read them",
    });
  });
});
