import assert from "node:assert/strict";
import { test } from "node:test";
import { LinodePlugin, UNKNOWN_ON_THE_WIRE as UNKNOWN } from "./support/plugin.ts";
import type { Json } from "./support/plugin.ts";

const CLUSTER = "linode:index/lkeCluster:LkeCluster";
const NODE_POOL = "linode:index/lkeNodePool:LkeNodePool";

const pool = { type: "g6-standard-2", count: 2 };
const inputs = { label: "hub", region: "us-ord", k8sVersion: "1.35", pools: [pool] };

const rejected: readonly [string, string, Json, Record<string, RegExp>][] = [
  [
    "a cluster without anything",
    CLUSTER,
    {},
    { label: /^is required/, region: /^is required/, k8sVersion: /^is required/, pools: /^is required/ },
  ],
  [
    "a cluster without a pool",
    CLUSTER,
    { ...inputs, pools: [] },
    { pools: /^must have at least 1 item, but has none$/ },
  ],
  [
    "a pool of no size",
    CLUSTER,
    { ...inputs, pools: [{ type: "g6-standard-2" }] },
    { "pools[0].count": /^`count` must be defined when no autoscaler is defined$/ },
  ],
  [
    "a version that is a number",
    CLUSTER,
    { ...inputs, k8sVersion: 1.35 },
    { k8sVersion: /^must be text, but is 1.35$/ },
  ],
  [
    "a property that is none",
    CLUSTER,
    { ...inputs, vpcId: 7 },
    { vpcId: /^there is no such property; known are: label, region/ },
  ],
  [
    "what only the API sets",
    CLUSTER,
    { ...inputs, pools: [{ ...pool, nodes: [] }] },
    { "pools[0].nodes": /^is set by the API; leave it out$/ },
  ],
  [
    "everything wrong within a pool",
    CLUSTER,
    {
      ...inputs,
      pools: [
        {
          type: 2,
          count: 0,
          autoscaler: { min: 1.5 },
          labels: { a: true },
          taints: [{ key: "a", value: "b", effect: "Never" }],
          tags: "one",
        },
      ],
    },
    {
      "pools[0].type": /^must be text, but is 2$/,
      "pools[0].count": /^must be at least 1, but is 0$/,
      "pools[0].autoscaler.min": /^must be a whole number, but is 1.5$/,
      "pools[0].autoscaler.max": /^is required/,
      "pools[0].labels.a": /^must be text, but is true$/,
      "pools[0].taints[0].effect": /^must be one of NoSchedule, PreferNoSchedule, NoExecute, but is "Never"$/,
      "pools[0].tags": /^must be a list, but is "one"$/,
    },
  ],
  [
    "a pool of its own without a size",
    NODE_POOL,
    { clusterId: 1, type: "g6-standard-2" },
    { nodeCount: /^must be defined when no autoscaler is defined$/ },
  ],
  [
    "a token that ends at no time",
    "linode:index/token:Token",
    { scopes: "*", expiry: "soon" },
    { expiry: /^must be a moment such as 2030-01-02T03:04:05Z, but is "soon"$/ },
  ],
];

for (const [what, type, news, expected] of rejected) {
  test(`A check finds ${what}`, async (context) => {
    const plugin = await LinodePlugin.open(context);
    const failures = await plugin.check(type, news);
    assert.deepEqual(failures.map(({ property }) => property).toSorted(), Object.keys(expected).toSorted());
    for (const { property, reason } of failures) {
      assert.match(reason, expected[property] ?? /never/);
    }
  });
}

test("Values that are not known yet pass every check", async (context) => {
  const plugin = await LinodePlugin.open(context);
  assert.deepEqual(await plugin.check(CLUSTER, { ...inputs, label: UNKNOWN, pools: UNKNOWN }), []);
  const unknownPool = { type: UNKNOWN, count: UNKNOWN, labels: UNKNOWN, taints: [UNKNOWN] };
  assert.deepEqual(await plugin.check(CLUSTER, { ...inputs, pools: [unknownPool] }), []);
  assert.deepEqual(await plugin.check(NODE_POOL, { clusterId: UNKNOWN, type: "t", nodeCount: UNKNOWN }), []);
});

/** The state of a cluster, as its read answers it. */
const state = {
  ...inputs,
  tier: "standard",
  aplEnabled: false,
  tags: ["one", "two"],
  controlPlane: {
    highAvailability: true,
    acl: { enabled: true, addresses: [{ ipv4s: ["10.0.0.0/8"], ipv6s: [] }] },
  },
  pools: [
    {
      ...pool,
      id: 1,
      nodes: [],
      diskEncryption: "enabled",
      k8sVersion: "",
      updateStrategy: "",
      labels: { role: "vault" },
      taints: [
        { key: "a", value: "b", effect: "NoSchedule" },
        { key: "c", value: "d", effect: "NoExecute" },
      ],
      tags: [],
    },
    {
      type: "g6-standard-1",
      count: 3,
      autoscaler: { min: 1, max: 5 },
      id: 2,
      labels: {},
      taints: [],
      tags: [],
    },
  ],
  kubeconfig: "",
  apiEndpoints: [],
};

const first = { ...pool, labels: { role: "vault" }, taints: state.pools[0]?.taints ?? [] };
const second = { type: "g6-standard-1", autoscaler: { min: 1, max: 5 } };
const same = { ...inputs, pools: [first, second] };

const differences: readonly [string, Json, Record<string, string>][] = [
  ["nothing, when only what the API filled in is missing", same, {}],
  [
    "nothing, when sets are in another order",
    { ...same, tags: ["two", "one"], pools: [{ ...first, taints: first.taints.toReversed() }, second] },
    {},
  ],
  [
    "nothing, when what the API filled in is written out",
    { ...same, tier: "standard", controlPlane: state.controlPlane, pools: [first, { ...second, count: 3 }] },
    {},
  ],
  ["a new region", { ...same, region: "fr-par" }, { region: "~!" }],
  ["another tier", { ...same, tier: "enterprise" }, { tier: "~!" }],
  ["the App Platform", { ...same, aplEnabled: true }, { aplEnabled: "~!" }],
  [
    "a new label and version",
    { ...same, label: "centre", k8sVersion: "1.36" },
    { label: "~", k8sVersion: "~" },
  ],
  ["a label that is not known yet", { ...same, label: UNKNOWN }, { label: "~" }],
  ["a region that is not known yet", { ...same, region: UNKNOWN }, { region: "~!" }],
  ["fewer tags", { ...same, tags: ["one"] }, { "tags[1]": "-" }],
  [
    "labels that go",
    { ...same, pools: [{ ...pool, taints: first.taints }, second] },
    { "pools[0].labels": "-" },
  ],
  [
    "an autoscaler that goes",
    { ...same, pools: [first, { type: "g6-standard-1", count: 3 }] },
    { "pools[1].autoscaler": "-" },
  ],
  [
    "another ACL",
    { ...same, controlPlane: { acl: { enabled: false } } },
    { "controlPlane.acl.enabled": "~" },
  ],
  ["a pool more", { ...same, pools: [first, second, pool] }, { "pools[2]": "+" }],
  [
    "each later pool, when the first one is taken away",
    { ...same, pools: [second] },
    {
      "pools[0].type": "~",
      "pools[0].labels": "-",
      "pools[0].taints": "-",
      "pools[0].autoscaler": "+",
      "pools[1]": "-",
    },
  ],
];

for (const [what, news, expected] of differences) {
  test(`A difference of a cluster is ${what}`, async (context) => {
    const plugin = await LinodePlugin.open(context);
    assert.deepEqual(await plugin.diff(CLUSTER, state, news), expected);
  });
}

test("A pool of its own moves to another cluster or plan by a replacement", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const old = {
    clusterId: 1,
    type: "g6-standard-2",
    nodeCount: 2,
    labels: {},
    taints: [],
    tags: [],
    nodes: [],
  };
  const news = { clusterId: 2, type: "g6-standard-4", nodeCount: 3 };
  assert.deepEqual(await plugin.diff(NODE_POOL, old, news), { clusterId: "~!", type: "~!", nodeCount: "~" });
});

test("A preview of a creation knows what the program says and nothing of what the API says", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const news = { ...inputs, label: UNKNOWN, controlPlane: { highAvailability: true } };
  const { id, outputs } = await plugin.create(CLUSTER, news, { preview: true });
  assert.equal(id, "");
  assert.deepEqual(outputs, {
    ...news,
    controlPlane: { highAvailability: true, acl: UNKNOWN },
    pools: [
      {
        ...pool,
        k8sVersion: UNKNOWN,
        updateStrategy: UNKNOWN,
        id: UNKNOWN,
        nodes: UNKNOWN,
        diskEncryption: UNKNOWN,
      },
    ],
    tags: UNKNOWN,
    tier: UNKNOWN,
    aplEnabled: UNKNOWN,
    apiEndpoints: UNKNOWN,
    dashboardUrl: UNKNOWN,
    kubeconfig: UNKNOWN,
    status: UNKNOWN,
  });
  assert.deepEqual(plugin.account.log, []);
});

test("A preview of an update keeps what is known", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const news = { ...same, label: "centre", pools: [{ ...first, count: 5 }, second] };
  const planned = await plugin.update(CLUSTER, "1", state, news, true);
  assert.deepEqual(planned, {
    ...state,
    label: "centre",
    pools: [{ ...state.pools[0], count: 5 }, state.pools[1]],
  });
  assert.deepEqual(plugin.account.log, []);
});
