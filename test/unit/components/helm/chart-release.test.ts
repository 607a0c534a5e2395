import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { chartRelease } from "../../../../components/helm/chart-release.ts";
import { recordRegion } from "../../../support/regions.ts";
import { startRuntime } from "../../../support/runtime.ts";

const release = ["kubernetes:helm.sh/v3:Release", "cert-manager-release"] as const;

describe("A release", () => {
  test("has these arguments and no others", async () => {
    const { inputs } = (await recordRegion("hub")).one(...release);
    assert.deepEqual(inputs, {
      chart: "cert-manager",
      cleanupOnFail: true,
      compat: "true",
      maxHistory: 5,
      name: "cert-manager",
      namespace: "cert-manager",
      repositoryOpts: { repo: "https://charts.jetstack.io" },
      timeout: 600,
      values: {
        cainjector: { replicaCount: 2 },
        crds: { enabled: true },
        global: { leaderElection: { namespace: "cert-manager" } },
        replicaCount: 2,
        webhook: { replicaCount: 2 },
      },
      version: "v1.21.2",
    });
  });

  test("of a chart in an OCI registry has no repository", async () => {
    const charts = { mirror: "oci://registry.example.com" };
    const { inputs } = (await recordRegion("hub", false, { charts })).one(...release);
    assert.equal(inputs.chart, "oci://registry.example.com/cert-manager");
    assert.equal("repositoryOpts" in inputs, false);
  });

  test("has the stack's values over the component's, member by member", async () => {
    const values = {
      webhook: { replicaCount: 1, timeoutSeconds: 5 },
      global: { imagePullSecrets: [{ name: "a" }] },
      replicaCount: null,
    };
    const { inputs } = (await recordRegion("hub", false, { charts: { certManager: { values } } })).one(
      ...release,
    );
    assert.deepEqual(inputs.values, {
      cainjector: { replicaCount: 2 },
      crds: { enabled: true },
      global: { leaderElection: { namespace: "cert-manager" }, imagePullSecrets: [{ name: "a" }] },
      replicaCount: null,
      webhook: { replicaCount: 1, timeoutSeconds: 5 },
    });
  });

  test("has the stack's list in place of the component's, as Helm itself does it", async () => {
    await startRuntime({ stack: "hub", config: {} });
    const chart = { chart: "a", version: "1.0.0", values: { list: ["stack"] } };
    const { values } = chartRelease(
      "a-release",
      { chart, releaseName: "a", namespace: "a", values: { list: ["component"] }, timeoutSeconds: 1 },
      {},
    );
    const { promise, resolve } = Promise.withResolvers<unknown>();
    values.apply(resolve);
    assert.deepEqual(await promise, { list: ["stack"] });
  });
});
