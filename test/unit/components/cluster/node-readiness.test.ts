import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { dynamic } from "@pulumi/pulumi";

import { revive } from "../../../support/dynamic-provider.ts";
import { serveKubernetesApi, type KubernetesApi } from "../../../support/kubernetes-api.ts";
import { kubeconfig, recordRegion } from "../../../support/regions.ts";

const readiness = ["pulumi-nodejs:dynamic/vault-federation:NodeReadiness", "cluster-readiness"] as const;

describe("NodeReadiness", () => {
  test("knows what to wait for, and for how long", async () => {
    const { inputs } = (await recordRegion("hub", false, { cluster: { readyTimeout: "2m" } })).one(
      ...readiness,
    );
    assert.deepEqual(inputs, {
      expectedNodes: 3,
      kubeconfig: { secret: kubeconfig },
      kubernetesVersion: "1.35",
      pools: { system: { count: 3, labels: {}, taints: [], type: "g6-standard-4" } },
      timeoutSeconds: 120,
    });
  });

  test("keeps the kubeconfig secret among its outputs", async () => {
    const { options } = (await recordRegion("hub")).one(...readiness);
    assert.deepEqual(options.additionalSecretOutputs, ["kubeconfig"]);
  });
});

describe("NodeReadiness's code, as the state holds it,", () => {
  let api: KubernetesApi;
  let provider: dynamic.ResourceProvider;
  let inputs: object;

  before(async () => {
    const node = {
      metadata: { name: "a" },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        nodeInfo: { kubeletVersion: "v1.35.2" },
      },
    };
    api = await serveKubernetesApi([200, { kind: "NodeList", items: [node] }]);
    provider = revive((await recordRegion("hub")).one(...readiness).code);
    inputs = {
      kubeconfig: api.kubeconfig,
      expectedNodes: 1,
      kubernetesVersion: "1.35",
      timeoutSeconds: 0,
    };
  });
  after(() => api.close());

  test("waits for the nodes when it is created", async () => {
    assert.deepEqual(await provider.create(inputs), { id: "ready", outs: inputs });
    await assert.rejects(provider.create({ ...inputs, expectedNodes: 2 }), /1 of 2 nodes are ready/);
  });

  test("waits again when an input changes", async () => {
    assert.deepEqual(await provider.update?.("ready", {}, inputs), { outs: inputs });
    await assert.rejects(
      async () => provider.update?.("ready", inputs, { ...inputs, expectedNodes: 2 }),
      /1 of 2 nodes are ready/,
    );
  });
});
