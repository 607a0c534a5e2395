import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { expectedNodes } from "../../../../components/cluster/lke-cluster.ts";
import { unknown } from "../../../support/record.ts";
import { kubeconfig, recordRegion } from "../../../support/regions.ts";
import { inputWith, settingsOf } from "../../../support/settings.ts";

const cluster = ["linode:index/lkeCluster:LkeCluster", "cluster"] as const;
const provider = ["pulumi:providers:kubernetes", "cluster-kubernetes"] as const;
const readiness = ["pulumi-nodejs:dynamic/vault-federation:NodeReadiness", "cluster-readiness"] as const;
const poolType = "linode:index/lkeNodePool:LkeNodePool";

const batch = {
  type: "g6-dedicated-8",
  autoscaler: { min: 1, max: 5 },
  labels: { workload: "batch" },
  taints: [{ key: "workload", value: "batch", effect: "NoSchedule" }],
};
const gpu = { type: "g2-gpu-rtx4000a1-s", count: 2 };

describe("LkeCluster", () => {
  test("asks for a cluster with exactly this", async () => {
    const { inputs } = (await recordRegion("hub")).one(...cluster);
    assert.deepEqual(inputs, {
      controlPlane: { acl: { enabled: false }, highAvailability: true },
      externalPoolTags: ["vault-federation-pool"],
      k8sVersion: "1.35",
      label: "vault-federation-hub-us-ord",
      pools: [{ count: 3, labels: {}, taints: [], type: "g6-standard-4" }],
      region: "us-ord",
      tags: ["vault-federation", "hub"],
    });
  });

  test("turns the access list on with its addresses as ranges", async () => {
    const accessControl = { ipv4: ["203.0.113.7"], ipv6: ["2001:db8::/32"] };
    const { inputs } = (await recordRegion("hub", false, { cluster: { accessControl } })).one(...cluster);
    assert.deepEqual(inputs.controlPlane, {
      acl: { enabled: true, addresses: [{ ipv4s: ["203.0.113.7/32"], ipv6s: ["2001:db8::/32"] }] },
      highAvailability: true,
    });
  });

  test("turns high availability off if the settings say so", async () => {
    const { inputs } = (await recordRegion("hub", false, { cluster: { highAvailability: false } })).one(
      ...cluster,
    );
    assert.deepEqual(inputs.controlPlane, { acl: { enabled: false }, highAvailability: false });
  });

  test("gives a pool with an autoscaler no count, which would work against it", async () => {
    const changes = { cluster: { systemPool: batch } };
    const { inputs } = (await recordRegion("hub", false, changes)).one(...cluster);
    assert.deepEqual(inputs.pools, [batch]);
  });

  test("protects the cluster, but no further pool, which may come and go", async () => {
    const recording = await recordRegion("hub", false, { cluster: { pools: { gpu } } });
    assert.equal(recording.one(...cluster).options.protect, true);
    assert.deepEqual(recording.one(poolType, "cluster-gpu-pool").options, {
      hooks: ["beforeCreate: cluster-us-ord-gpu-pool-unavailable"],
    });
  });

  test("is protected, and binds the checks of what LKE refuses", async () => {
    const { options } = (await recordRegion("hub")).one(...cluster);
    assert.deepEqual(options, {
      protect: true,
      additionalSecretOutputs: ["kubeconfig"],
      hooks: [
        "beforeCreate: cluster-us-ord-unavailable",
        "beforeUpdate: cluster-us-ord-irreversible-change",
        "beforeUpdate: cluster-us-ord-unavailable",
      ],
    });
  });

  test("is not protected if the settings say so", async () => {
    const { registrations } = await recordRegion("hub", false, { protect: false });
    assert.deepEqual(
      registrations.filter(({ options }) => "protect" in options),
      [],
    );
  });

  test("makes each further pool a resource of its own that the cluster leaves alone", async () => {
    const recording = await recordRegion("hub", false, { cluster: { pools: { batch, gpu } } });
    const pools = recording.registrations.filter(({ type }) => type === poolType);
    const clusterId = 4242;
    assert.deepEqual(
      pools.map(({ name, inputs }) => [name, inputs]),
      [
        ["cluster-batch-pool", { ...batch, clusterId, tags: ["vault-federation-pool", "batch"] }],
        [
          "cluster-gpu-pool",
          {
            clusterId,
            labels: {},
            nodeCount: 2,
            tags: ["vault-federation-pool", "gpu"],
            taints: [],
            type: gpu.type,
          },
        ],
      ],
    );
    assert.deepEqual(recording.one(...cluster).inputs.externalPoolTags, ["vault-federation-pool"]);
  });

  test("waits for the nodes of all pools", async () => {
    const recording = await recordRegion("hub", false, { cluster: { pools: { batch, gpu } } });
    const { inputs, dependencies } = recording.one(...readiness);
    assert.equal(inputs.expectedNodes, 6);
    assert.deepEqual(dependencies, ["cluster", "cluster-batch-pool", "cluster-gpu-pool"]);
  });

  test("gives a provider that knows its cluster again, and changes Secrets and ConfigMaps in place", async () => {
    const { inputs, dependencies } = (await recordRegion("hub")).one(...provider);
    assert.deepEqual(inputs, {
      clusterIdentifier: "4242",
      enableConfigMapMutable: "true",
      enableSecretMutable: "true",
      kubeconfig: { secret: kubeconfig },
    });
    assert.deepEqual(dependencies, ["cluster", "cluster-readiness"]);
  });

  test("knows neither kubeconfig nor id at the first preview, and keeps the former secret even then", async () => {
    const { inputs } = (await recordRegion("hub", true)).one(...provider);
    assert.deepEqual(inputs.kubeconfig, { secret: unknown });
    assert.equal(inputs.clusterIdentifier, unknown);
  });

  test("records of itself the settings, and the kubeconfig as a secret", async () => {
    const { inputs, outputs } = (await recordRegion("hub")).one(
      "vault-federation:cluster:LkeCluster",
      "cluster",
    );
    assert.equal(inputs.label, "vault-federation-hub");
    assert.deepEqual(outputs, {
      clusterId: "4242",
      endpoints: ["https://api.example.test:443"],
      kubeconfig: { secret: kubeconfig },
    });
  });
});

describe("The number of nodes to expect", () => {
  for (const [title, pools, expected] of [
    ["is the count of the only pool", {}, 3],
    ["is the sum of all counts", { gpu, more: { type: "g6-standard-4", count: 4 } }, 9],
    ["counts a pool with an autoscaler with its least", { batch }, 4],
  ] as const) {
    test(title, async () => {
      const { cluster } = await settingsOf(inputWith("cluster.pools", pools));
      assert.equal(expectedNodes(cluster), expected);
    });
  }
});
