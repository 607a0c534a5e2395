import assert from "node:assert/strict";
import { test } from "node:test";
import { LinodeAccount } from "../../support/linode/linode-account.ts";

const pool = { count: 2, type: "g6-standard-2" };
const creation = { label: "hub", region: "us-ord", k8s_version: "1.35", node_pools: [pool] };

/** A changed body of a creation -> the problems that the answer names, field first. */
const refusals: readonly [string, object, readonly [string | undefined, RegExp][]][] = [
  [
    "an unknown region",
    { region: "mars" },
    [["region", /^region mars is not valid or has no Kubernetes; .*us-ord/]],
  ],
  ["a region without Kubernetes", { region: "us-den-edge-1" }, [["region", /has no Kubernetes/]]],
  [
    "an unknown version",
    { k8s_version: "1.99" },
    [["k8s_version", /^k8s_version 1.99 is not offered; offered versions: 1.36, 1.35$/]],
  ],
  [
    "an unknown type",
    { node_pools: [{ ...pool, type: "huge" }] },
    [["node_pools[0].type", /^type huge is not valid/]],
  ],
  [
    "a type that no node can have",
    { node_pools: [{ ...pool, type: "g6-nanode-1" }] },
    [["node_pools[0].type", /g6-nanode-1 is not valid for a node/]],
  ],
  ["no nodes", { node_pools: [{ ...pool, count: 0 }] }, [["node_pools[0].count", /^Must be 1 to 100$/]]],
  [
    "too many nodes",
    { node_pools: [pool, { ...pool, count: 101 }] },
    [["node_pools[1].count", /^Must be 1 to 100$/]],
  ],
  ["no pool", { node_pools: [] }, [["node_pools", /^At least one node pool is required$/]]],
  [
    "an autoscaler upside down",
    { node_pools: [{ ...pool, autoscaler: { enabled: true, min: 4, max: 2 } }] },
    [["node_pools[0].autoscaler.min", /^Must not be greater than max$/]],
  ],
  [
    "a taint without effect",
    { node_pools: [{ ...pool, taints: [{ key: "only", value: "vault", effect: "Never" }] }] },
    [["node_pools[0].taints[0].effect", /^Must be NoSchedule, PreferNoSchedule or NoExecute$/]],
  ],
  [
    "labels and taints that Kubernetes does not take",
    {
      node_pools: [
        {
          ...pool,
          labels: { "two words": "a", tier: "", "example.com/tier": "-", "a/b/c": "x" },
          taints: [
            { key: `example.com/${"x".repeat(64)}`, value: "a b", effect: "NoSchedule" },
            { key: "Example.com/only", value: "x".repeat(64), effect: "NoSchedule" },
          ],
        },
      ],
    },
    [
      ["node_pools[0].labels.two words", /^Must be a valid label key$/],
      ["node_pools[0].labels.tier", /^Must begin with a letter or number$/],
      ["node_pools[0].labels.example.com/tier", /^Must begin with a letter or number$/],
      ["node_pools[0].labels.a/b/c", /^Must be a valid label key$/],
      ["node_pools[0].taints[0].key", /^Must be a valid taint key$/],
      ["node_pools[0].taints[0].value", /^Must begin with a letter or number$/],
      ["node_pools[0].taints[1].key", /^Must be a valid taint key$/],
      ["node_pools[0].taints[1].value", /^Must be 1 to 63 characters$/],
    ],
  ],
  [
    "ACL addresses while it is disabled",
    { control_plane: { acl: { enabled: false, addresses: { ipv4: ["10.0.0.1/32"] } } } },
    [["control_plane.acl.addresses", /^Addresses are not acceptable when ACL is disabled$/]],
  ],
  [
    "an ACL address that is none",
    { control_plane: { acl: { enabled: true, addresses: { ipv4: ["office"] } } } },
    [["control_plane.acl.addresses.ipv4[0]", /^Must be an IPv4 address/]],
  ],
  [
    "the enterprise tier",
    { tier: "enterprise" },
    [["tier", /^Only the standard tier is available to this account$/]],
  ],
  [
    "the App Platform",
    { apl_enabled: true },
    [["apl_enabled", /^App Platform is not available to this account$/]],
  ],
  ["a label that is taken", { label: "taken" }, [["label", /^Label must be unique/]]],
  ["a label with a space", { label: "my hub" }, [["label", /^Must be 1 to 64 letters/]]],
  [
    "everything at once",
    { label: undefined, region: "mars", k8s_version: "2", node_pools: [{ count: "two" }] },
    [
      ["label", /^label is required$/],
      ["region", /^region mars/],
      ["k8s_version", /^k8s_version 2 is not offered/],
      ["node_pools[0].count", /expected number/],
      ["node_pools[0].type", /^type is required$/],
    ],
  ],
];

for (const [what, changes, expected] of refusals) {
  test(`A cluster with ${what} is refused`, async (context) => {
    const account = await LinodeAccount.open(context);
    await account.call("POST", "/v4/lke/clusters", { ...creation, label: "taken" });
    const { status, body } = await account.call("POST", "/v4beta/lke/clusters", { ...creation, ...changes });
    assert.equal(status, 400);
    const { errors } = body as { errors: { field?: string; reason: string }[] };
    assert.deepEqual(
      errors.map(({ field }) => field).toSorted(),
      expected.map(([field]) => field).toSorted(),
    );
    for (const [field, reason] of expected) {
      assert.match(errors.find((error) => error.field === field)?.reason ?? "", reason);
    }
    const { body: all } = await account.call("GET", "/v4/lke/clusters");
    assert.equal((all as { results: number }).results, 1);
  });
}

test("High availability can't be taken back, nor a version, nor another cluster's label", async (context) => {
  const account = await LinodeAccount.open(context);
  await account.call("POST", "/v4/lke/clusters", { ...creation, label: "taken" });
  const created = await account.call("POST", "/v4/lke/clusters", {
    ...creation,
    k8s_version: "1.36",
    control_plane: { high_availability: true },
  });
  const { id } = created.body as { id: number };
  const path = `/v4/lke/clusters/${String(id)}`;
  const refused = await account.call("PUT", path, {
    label: "taken",
    k8s_version: "1.35",
    control_plane: { high_availability: false },
  });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.body, {
    errors: [
      { reason: "Label must be unique among your objects of this kind", field: "label" },
      { reason: "Kubernetes can't be downgraded from 1.36", field: "k8s_version" },
      {
        reason: "High availability can't be disabled once it is enabled",
        field: "control_plane.high_availability",
      },
    ],
  });
  assert.equal((await account.call("PUT", path, { label: "hub" })).status, 200);
});

test("A full account says which clusters fill it", async (context) => {
  const account = await LinodeAccount.open(context);
  account.clusters.capacity = 1;
  await account.call("POST", "/v4/lke/clusters", creation);
  const { status, body } = await account.call("POST", "/v4/lke/clusters", { ...creation, label: "edge" });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    errors: [
      {
        reason: "Account limit reached: there can be 1 clusters, and there are hub; delete one of them first",
      },
    ],
  });
});

test("More nodes than a cluster can hold are refused with the limit, and nothing changes", async (context) => {
  const account = await LinodeAccount.open(context);
  account.clusters.nodeCapacity = 5;
  const clusters = "/v4/lke/clusters";
  const refusal = (wanted: number) => ({
    errors: [
      {
        reason: `A cluster can have 5 nodes at most in all of its pools, and ${String(wanted)} are wanted; lower the counts`,
        field: "count",
      },
    ],
  });
  const tooLarge = await account.call("POST", clusters, {
    ...creation,
    node_pools: [pool, { ...pool, count: 4 }],
  });
  assert.deepEqual([tooLarge.status, tooLarge.body], [400, refusal(6)]);
  assert.equal(((await account.call("GET", clusters)).body as { results: number }).results, 0);

  const { body } = await account.call("POST", clusters, creation);
  const pools = `${clusters}/${String((body as { id: number }).id)}/pools`;
  const added = await account.call("POST", pools, { ...pool, count: 4 });
  assert.deepEqual([added.status, added.body], [400, refusal(6)]);
  assert.equal((await account.call("POST", pools, { ...pool, count: 3 })).status, 200);

  const { data } = (await account.call("GET", pools)).body as { data: { id: number; count: number }[] };
  const first = `${pools}/${String(data[0]?.id)}`;
  for (const growth of [{ count: 3 }, { autoscaler: { enabled: true, min: 3, max: 3 } }]) {
    const grown = await account.call("PUT", first, { ...growth, labels: { changed: "yes" } });
    assert.deepEqual([grown.status, grown.body], [400, refusal(6)]);
  }
  const { count, labels } = (await account.call("GET", first)).body as { count: number; labels: object };
  assert.deepEqual([count, labels], [2, {}]);
});

test("A cluster that has more nodes than it can hold may become smaller, and change otherwise", async (context) => {
  const account = await LinodeAccount.open(context);
  const { body } = await account.call("POST", "/v4/lke/clusters", {
    ...creation,
    node_pools: [{ ...pool, count: 8 }],
  });
  account.clusters.nodeCapacity = 5;
  const pools = `/v4/lke/clusters/${String((body as { id: number }).id)}/pools`;
  const { data } = (await account.call("GET", pools)).body as { data: { id: number }[] };
  const path = `${pools}/${String(data[0]?.id)}`;
  assert.equal((await account.call("PUT", path, { tags: ["changed"] })).status, 200);
  assert.equal((await account.call("PUT", path, { count: 7 })).status, 200);
});

for (const path of [
  "/v4/lke/clusters/1",
  "/v4/lke/clusters/one",
  "/v4/lke/clusters/1/pools",
  "/v4/lke/clusters/1/pools/1",
  "/v4/lke/clusters/1/kubeconfig",
  "/v4/lke/clusters/1/api-endpoints",
  "/v4/lke/clusters/1/control_plane_acl",
  "/v4/lke/clusters/1/dashboard",
  "/v4/lke/clusters/1/nodes/1-abc",
  "/v4/lke/versions/1.1",
  "/v4/domains/1",
  "/v4/domains/1/records",
  "/v4/networking/firewalls/1",
  "/v4/networking/firewalls/1/rules",
  "/v4/profile/tokens/1",
  "/v4/nodebalancers/1",
  "/v4/volumes/1",
  "/v4/no/such/thing",
  "/v5/lke/clusters",
]) {
  test(`GET ${path} answers 404 when there is no such thing`, async (context) => {
    const account = await LinodeAccount.open(context);
    const { status, body } = await account.call("GET", path);
    assert.equal(status, 404);
    assert.deepEqual(body, { errors: [{ reason: "Not found" }] });
  });
}
