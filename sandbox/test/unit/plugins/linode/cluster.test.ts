import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../../support/linode/linode-account.ts";
import { failure, halfDone, LinodePlugin } from "./support/plugin.ts";

const CLUSTER = "linode:index/lkeCluster:LkeCluster";
const NODE_POOL = "linode:index/lkeNodePool:LkeNodePool";

const pool = { type: "g6-standard-2", count: 1 };
/** What the plugin adds to a failure of the API's own. */
const itself =
  ": the Linode API itself failed; run the same command again, and see https://status.linode.com if it goes on";

const inputs = { label: "hub", region: "us-ord", k8sVersion: "1.35", pools: [pool] };

async function poolsInAccount(
  plugin: LinodePlugin,
  id: string,
): Promise<readonly { id: number; count: number }[]> {
  const { body } = await plugin.account.call("GET", `/v4/lke/clusters/${id}/pools`);
  return (body as { data: { id: number; count: number }[] }).data;
}

async function clustersInAccount(plugin: LinodePlugin): Promise<number> {
  return ((await plugin.account.call("GET", "/v4/lke/clusters")).body as { results: number }).results;
}

test("A cluster is created when its kubeconfig is there", async (context) => {
  const plugin = await LinodePlugin.open(context);
  plugin.account.clusters.hold();
  const creating = plugin.create(CLUSTER, inputs);
  await eventually(() => plugin.account.log.find((line) => line.includes("kubeconfig 503")));
  plugin.account.clusters.release();
  const { id, outputs } = await creating;
  assert.equal(outputs.kubeconfig, Buffer.from(`kubeconfig of ${id}`).toString("base64"));
});

for (const [what, answer] of [
  ["429", { status: 429, headers: { "retry-after": "3600" } }],
  ["408", { status: 408 }],
  ["503", { status: 503 }],
  ["Linode busy.", { status: 400, body: { errors: [{ reason: "Linode busy." }] } }],
] as const) {
  test(`An answer of ${what} is no failure: the request is sent again, sooner than told if that is too late`, async (context) => {
    const plugin = await LinodePlugin.open(context);
    await plugin.order("POST", "lke/clusters$", answer, 3);
    await plugin.create(CLUSTER, inputs);
    assert.equal(plugin.account.log.filter((line) => line.startsWith("POST /v4/lke/clusters ")).length, 4);
    assert.equal(await clustersInAccount(plugin), 1);
  });
}

for (const [what, answer, message] of [
  ["500", { status: 500 }, `[500] Internal Server Error${itself}`],
  [
    "a maintenance",
    { status: 503, headers: { "x-maintenance-mode": "true" } },
    `[503] Service Unavailable${itself}`,
  ],
  ["a page", { status: 502, body: "<html>" }, `[502] the API gave no reason${itself}`],
] as const) {
  test(`An answer of ${what} fails a creation, and leaves nothing behind`, async (context) => {
    const plugin = await LinodePlugin.open(context);
    await plugin.order("POST", "lke/clusters$", answer);
    const { details } = await failure(plugin.create(CLUSTER, inputs));
    assert.equal(details, `creating the LKE cluster: ${message}`);
    assert.equal(await clustersInAccount(plugin), 0);
  });
}

test("Everything that the API refuses is reported with its field", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { details } = await failure(plugin.create(CLUSTER, { ...inputs, region: "mars", k8sVersion: "0.1" }));
  assert.match(
    details,
    /^creating the LKE cluster: \[400\] \[region\] region mars is not valid.*; \[k8s_version\] k8s_version 0\.1/,
  );
});

test("A label that another cluster has is refused by its field, and the other cluster stays as it is", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { id } = await plugin.create(CLUSTER, inputs);
  const { details } = await failure(plugin.create(CLUSTER, inputs));
  assert.match(details, /^creating the LKE cluster: \[400\] \[label\] Label must be unique/);
  const { body } = await plugin.account.call("GET", "/v4/lke/clusters");
  assert.deepEqual(
    (body as { data: { id: number }[] }).data.map((cluster) => String(cluster.id)),
    [id],
  );
});

test("A refused token is told with the settings to check, and nothing is made", async (context) => {
  const plugin = await LinodePlugin.open(context, { token: "revoked" });
  const { details } = await failure(plugin.create(CLUSTER, inputs));
  assert.equal(
    details,
    `creating the LKE cluster: [401] Invalid Token: the API at ${plugin.account.url}/v4 refuses the token; ` +
      "check linode:token or LINODE_TOKEN",
  );
  assert.equal(await clustersInAccount(plugin), 0);
});

test("A cluster that fails after its creation is kept, and completed by the next update", async (context) => {
  const plugin = await LinodePlugin.open(context);
  await plugin.order("GET", "kubeconfig", { status: 500 });
  const left = await halfDone(plugin.create(CLUSTER, inputs));
  assert.deepEqual(left.reasons, [
    `the LKE cluster was created (id ${left.id}), but then: [500] Internal Server Error${itself}`,
  ]);
  assert.deepEqual(left.inputs, inputs);
  assert.deepEqual(left.outputs, inputs);

  const outputs = await plugin.update(CLUSTER, left.id, left.outputs, inputs);
  assert.equal(typeof outputs.kubeconfig, "string");
  assert.equal(await clustersInAccount(plugin), 1);
  assert.equal((await poolsInAccount(plugin, left.id)).length, 1);
});

test("An update that fails half way tells how far it got, and the next one does the rest only", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { id, outputs } = await plugin.create(CLUSTER, inputs);
  const wanted = { ...inputs, label: "centre", pools: [pool, { ...pool, count: 2 }, { ...pool, count: 3 }] };
  plugin.account.clusters.hold();
  const updating = halfDone(plugin.update(CLUSTER, id, outputs, wanted));
  await eventually(() => plugin.account.log.find((line) => line.startsWith("POST /v4/lke/clusters/")));
  await plugin.order("GET", "pools/\\d+$", { status: 500 });
  plugin.account.clusters.release();
  const left = await updating;
  assert.deepEqual(left.reasons, [`updating the LKE cluster ${id}: [500] Internal Server Error${itself}`]);
  assert.equal(left.outputs.label, "centre");

  const done = await plugin.update(CLUSTER, id, left.outputs, wanted);
  assert.deepEqual(
    (done.pools as { count: number }[]).map(({ count }) => count),
    [1, 2, 3],
  );
  assert.equal((await poolsInAccount(plugin, id)).length, 3);
});

test("A cancelled creation stops waiting, and the cluster is kept", async (context) => {
  const plugin = await LinodePlugin.open(context);
  plugin.account.clusters.hold();
  const creating = halfDone(plugin.create(CLUSTER, inputs));
  await eventually(() => plugin.account.log.find((line) => line.includes("kubeconfig 503")));
  await plugin.client.cancel();
  const { id, reasons } = await creating;
  assert.deepEqual(reasons, [`the LKE cluster was created (id ${id}), but then: the update was cancelled`]);
});

test("A hanging API is given up when the program's time limit has passed", async (context) => {
  const plugin = await LinodePlugin.open(context);
  await plugin.order("POST", "lke/clusters$", { hang: true });
  const { details } = await failure(plugin.create(CLUSTER, inputs, { timeout: 0.05 }));
  assert.equal(details, "creating the LKE cluster: not finished within the 0.05 s of customTimeouts");
});

test("Pools change in place, by a new one, or go, each by its position", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const autoscaled = { type: "g6-standard-1", autoscaler: { min: 2, max: 4 } };
  const { id, outputs } = await plugin.create(CLUSTER, {
    ...inputs,
    pools: [pool, autoscaled, { ...pool, count: 3 }],
  });
  const before = outputs.pools as { id: number; count: number }[];
  assert.deepEqual(
    before.map(({ count }) => count),
    [1, 2, 3],
  );
  const changed = {
    ...pool,
    count: 2,
    labels: { role: "vault" },
    taints: [{ key: "a", value: "b", effect: "NoSchedule" }],
  };
  const wanted = [changed, { ...pool, type: "g6-dedicated-2" }];
  const updated = await plugin.update(CLUSTER, id, outputs, { ...inputs, pools: wanted });
  const now = updated.pools as Record<string, unknown>[];
  assert.equal(now.length, 2);
  assert.equal(now[0]?.id, before[0]?.id);
  assert.deepEqual([now[0]?.count, now[0]?.labels, now[0]?.taints], [2, changed.labels, changed.taints]);
  assert.notEqual(now[1]?.id, before[1]?.id);
  assert.deepEqual([now[1]?.type, now[1]?.autoscaler], ["g6-dedicated-2", undefined]);
  assert.equal((await poolsInAccount(plugin, id)).length, 2);
});

test("A pool that has vanished is made again at its place, and the others stay what they are", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const wanted = { ...inputs, pools: [pool, { ...pool, count: 2 }, { ...pool, count: 2 }] };
  const { id, outputs } = await plugin.create(CLUSTER, wanted);
  const [first, second, third] = outputs.pools as { id: number }[];
  await plugin.account.call("DELETE", `/v4/lke/clusters/${id}/pools/${String(first?.id)}`);
  const updated = await plugin.update(CLUSTER, id, outputs, { ...wanted, label: "centre" });
  const now = updated.pools as { id: number; count: number }[];
  assert.deepEqual(
    now.map(({ count }) => count),
    [1, 2, 2],
  );
  assert.deepEqual(
    now.slice(1).map((kept) => kept.id),
    [second?.id, third?.id],
  );
});

test("A pool that becomes like another one does not change places with it", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const twin = { type: "g6-standard-4", count: 2 };
  const { id, outputs } = await plugin.create(CLUSTER, { ...inputs, pools: [pool, twin] });
  const [, untouched] = outputs.pools as { id: number }[];
  const updated = await plugin.update(CLUSTER, id, outputs, { ...inputs, pools: [twin, twin] });
  assert.equal((updated.pools as { id: number }[])[1]?.id, untouched?.id);
});

test("Pools with an external tag are none of the cluster's business", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const own = { ...inputs, externalPoolTags: ["separate"] };
  const { id, outputs } = await plugin.create(CLUSTER, own);
  const separate = { clusterId: Number(id), type: "g6-standard-1", nodeCount: 1, tags: ["separate"] };
  const made = await plugin.create(NODE_POOL, separate);

  const read = await plugin.read(CLUSTER, id, { inputs: own, outputs });
  assert.equal((read.outputs.pools as unknown[]).length, 1);
  await plugin.update(CLUSTER, id, read.outputs, { ...own, pools: [{ ...pool, count: 2 }] });
  assert.equal((await poolsInAccount(plugin, id)).length, 2);

  const grown = await plugin.update(NODE_POOL, made.id, made.outputs, { ...separate, nodeCount: 2 });
  assert.equal(grown.nodeCount, 2);
  await plugin.delete(NODE_POOL, made.id, grown);
  await plugin.delete(NODE_POOL, made.id, grown);
  assert.equal((await poolsInAccount(plugin, id)).length, 1);
});

test("A cluster is imported with everything that could be its inputs", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { id } = await plugin.create(CLUSTER, { ...inputs, tags: ["federation"] });
  const imported = await plugin.read(CLUSTER, id);
  assert.deepEqual(imported.inputs, {
    ...inputs,
    tags: ["federation"],
    tier: "",
    aplEnabled: false,
    controlPlane: { highAvailability: false, acl: { enabled: false, addresses: [{ ipv4s: [], ipv6s: [] }] } },
    pools: [{ ...pool, labels: {}, taints: [], tags: [], k8sVersion: "", updateStrategy: "" }],
  });
});

test("A node pool is imported by the ids of its cluster and of itself", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { id } = await plugin.create(CLUSTER, inputs);
  const [only] = await poolsInAccount(plugin, id);
  const imported = await plugin.read(NODE_POOL, `${id},${String(only?.id)}`);
  assert.equal(imported.id, String(only?.id));
  assert.deepEqual([imported.inputs.clusterId, imported.inputs.nodeCount], [Number(id), 1]);
  const { details } = await failure(plugin.read(NODE_POOL, "7"));
  assert.equal(details, 'a node pool is imported as <cluster id>,<pool id>, not as "7"');
});

test("A cluster that is gone is read as gone, and its removal is no failure", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { id, outputs } = await plugin.create(CLUSTER, inputs);
  await plugin.delete(CLUSTER, id, outputs);
  assert.deepEqual(plugin.account.clusters.removed, [Number(id)]);
  assert.equal((await plugin.read(CLUSTER, id, { inputs, outputs })).id, "");
  await plugin.delete(CLUSTER, id, outputs);
});

test("Deleting a cluster ends when it is really gone", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { id, outputs } = await plugin.create(CLUSTER, inputs);
  plugin.account.clusters.removeErrors.push(new Error("busy"), new Error("busy"));
  await plugin.delete(CLUSTER, id, outputs);
  assert.deepEqual(plugin.account.clusters.removed, [Number(id)]);
});

test("A control plane without an ACL disables the ACL, as the official provider does", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const acl = { enabled: true, addresses: [{ ipv4s: ["192.0.2.0/24"], ipv6s: [] }] };
  const { id, outputs } = await plugin.create(CLUSTER, { ...inputs, controlPlane: { acl } });
  assert.deepEqual(outputs.controlPlane, { highAvailability: false, acl });
  const updated = await plugin.update(CLUSTER, id, outputs, {
    ...inputs,
    controlPlane: { highAvailability: true },
  });
  assert.deepEqual(updated.controlPlane, {
    highAvailability: true,
    acl: { enabled: false, addresses: [{ ipv4s: [], ipv6s: [] }] },
  });
});

test("With v4beta the tier and the dashboard are known", async (context) => {
  const plugin = await LinodePlugin.open(context, { apiVersion: "v4beta" });
  const { id, outputs } = await plugin.create(CLUSTER, inputs);
  assert.deepEqual(
    [outputs.tier, outputs.dashboardUrl],
    ["standard", `https://${id}.dashboard.linodelke.invalid`],
  );
});
