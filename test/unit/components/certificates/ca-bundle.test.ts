import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, mock, test } from "node:test";

import type { dynamic } from "@pulumi/pulumi";

import { renewalTime } from "../../../../components/certificates/renewal-time.ts";
import { certificates } from "../../../support/certificates.ts";
import { revive } from "../../../support/dynamic-provider.ts";
import {
  serveKubernetesApi,
  unreachableKubeconfig,
  type KubernetesApi,
} from "../../../support/kubernetes-api.ts";
import { recordRegion } from "../../../support/regions.ts";
import { withWarnings } from "../../../support/warnings.ts";

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

  test("reports a change, so that a mere update reads it again, once it is past its time and has a successor", async () => {
    const outputs = { ...inputs, certificate: certificates.days3650 };
    const now = renewalTime(new X509Certificate(certificates.days3650));
    mock.timers.enable({ apis: ["Date"], now });
    try {
      assert.deepEqual(await provider.diff?.("a/b", outputs, inputs), { changes: true });
    } finally {
      mock.timers.reset();
    }
  });

  test("leaves it to the engine to compare the inputs otherwise", async () => {
    const outputs = { ...inputs, certificate: certificates.days365 };
    assert.deepEqual(await provider.diff?.("a/b", outputs, inputs), {});
  });

  test("reads it again at a refresh", async () => {
    assert.deepEqual(await provider.read?.("a/b", { ...inputs, certificate: "an old one" }), {
      id: "a/b",
      props: { ...inputs, certificate: certificates.days365 },
    });
  });

  test("takes what the Secret has at a refresh, be it of another lifetime", async () => {
    const outputs = { ...inputs, lifetimeSeconds: 1, certificate: "an old one" };
    assert.deepEqual(await provider.read?.("a/b", outputs), {
      id: "a/b",
      props: { ...outputs, certificate: certificates.days365 },
    });
  });

  test("keeps what it read last, with a warning, if the cluster does not answer a refresh", async () => {
    // With this patience, an attempt that is made again would be made for longer than a test may take.
    const kubeconfig = await unreachableKubeconfig();
    const outputs = { ...inputs, kubeconfig, timeoutSeconds: 3_600, certificate: "an old one" };
    const { outcome, warnings } = await withWarnings(async () => provider.read?.("a/b", outputs));
    assert.deepEqual(outcome, { id: "a/b", props: outputs });
    assert.match(
      warnings,
      /^warning: the CA certificate in Secret a\/b could not be read again: .*ECONNREFUSED.*\. It stays as it was read last\.\n$/,
    );
  });

  for (const [state, answer, reason] of [
    ["refuses", [403, { kind: "Status", message: "no" }], "HTTP 403 Forbidden: no"],
    ["has no certificate in the Secret yet at", [200, { kind: "Secret" }], "it has no ca.crt yet"],
  ] as const) {
    test(`keeps it likewise if the cluster ${state} a refresh`, async () => {
      const other = await serveKubernetesApi(answer);
      const outputs = { ...inputs, kubeconfig: other.kubeconfig, certificate: "an old one" };
      try {
        const { outcome, warnings } = await withWarnings(async () => provider.read?.("a/b", outputs));
        assert.deepEqual(outcome, { id: "a/b", props: outputs });
        assert.ok(warnings.includes(`could not be read again: ${reason}.`), warnings);
        assert.equal(other.requests.length, 1);
      } finally {
        await other.close();
      }
    });
  }

  test("is gone at a refresh if the Secret is, so that the next update waits for it anew", async () => {
    const other = await serveKubernetesApi([404, { kind: "Status", message: 'secrets "b" not found' }]);
    const outputs = { ...inputs, kubeconfig: other.kubeconfig, certificate: "an old one" };
    try {
      assert.deepEqual(await provider.read?.("a/b", outputs), { id: "" });
      assert.equal(other.requests.length, 1);
    } finally {
      await other.close();
    }
  });

  test("refuses an import", async () => {
    await assert.rejects(async () => provider.read?.("a/b"), {
      message: "a CA bundle can't be imported; let `pulumi up` read it",
    });
  });
});
