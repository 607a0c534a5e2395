import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { dynamic } from "@pulumi/pulumi";

import { certificates } from "../../../support/certificates.ts";
import { revive } from "../../../support/dynamic-provider.ts";
import { serveKubernetesApi, type KubernetesApi } from "../../../support/kubernetes-api.ts";
import { recordRegion } from "../../../support/regions.ts";

const bundle = ["pulumi-nodejs:dynamic/vault-federation:CaBundle", "cert-manager-ca-bundle"] as const;

describe("CaBundle", () => {
  test("keeps the kubeconfig secret among its outputs", async () => {
    const { options } = (await recordRegion("hub")).one(...bundle);
    assert.deepEqual(options, { additionalSecretOutputs: ["kubeconfig"] });
  });
});

describe("CaBundle's code, as the state holds it,", () => {
  let api: KubernetesApi;
  let provider: dynamic.ResourceProvider;
  let inputs: object;

  before(async () => {
    const encoded = Buffer.from(certificates.days365).toString("base64");
    api = await serveKubernetesApi([200, { kind: "Secret", data: { "ca.crt": encoded } }]);
    provider = revive((await recordRegion("hub")).one(...bundle).code);
    inputs = {
      kubeconfig: api.kubeconfig,
      namespace: "a",
      secretName: "b",
      lifetimeSeconds: 365 * 24 * 3600,
      timeoutSeconds: 0,
    };
  });
  after(() => api.close());

  test("reads the certificate when it is created", async () => {
    assert.deepEqual(await provider.create(inputs), {
      id: "a/b",
      outs: { ...inputs, certificate: certificates.days365 },
    });
  });

  test("reads it again when an input changes", async () => {
    assert.deepEqual(await provider.update?.("a/b", {}, inputs), {
      outs: { ...inputs, certificate: certificates.days365 },
    });
  });

  test("reads it again at a refresh", async () => {
    assert.deepEqual(await provider.read?.("a/b", { ...inputs, certificate: "an old one" }), {
      id: "a/b",
      props: { ...inputs, certificate: certificates.days365 },
    });
  });

  test("refuses an import", async () => {
    await assert.rejects(async () => provider.read?.("a/b"), {
      message: "a CA bundle can't be imported; let `pulumi up` read it",
    });
  });
});
