import assert from "node:assert/strict";
import { test } from "node:test";
import { pool, pools, withCluster, type PoolAnswer } from "../../support/linode/clusters.ts";
import { eventually } from "../../support/linode/linode-account.ts";

test("A changed count adds nodes at the end, and removes the newest first", async (context) => {
  const { account, id, path } = await withCluster(context);
  const [before] = await pools(account, id);
  assert.ok(before !== undefined);
  const change = (body: object) => account.call("PUT", `${path}/pools/${String(before.id)}`, body);

  const grown = (await change({ count: 3, labels: { role: "vault" } })).body as PoolAnswer;
  assert.deepEqual(
    grown.nodes.slice(0, 2).map((node) => node.id),
    before.nodes.map((node) => node.id),
  );
  assert.equal(grown.count, 3);
  const applied = await eventually(() => account.clusters.applied[1]);
  assert.deepEqual(
    applied.nodes.map((node) => node.labels),
    [{ role: "vault" }, { role: "vault" }, { role: "vault" }],
  );

  await change({ count: 1 });
  const shrunk = await eventually(() => account.clusters.applied[2]);
  assert.deepEqual(
    shrunk.nodes.map((node) => node.id),
    [before.nodes[0]?.id],
  );
  const deleted = await eventually(async () => {
    const filter = { "x-filter": JSON.stringify({ action: "linode_delete" }) };
    const { body } = await account.call("GET", "/v4/account/events", undefined, filter);
    const { data } = body as { data: { entity: { id: number } }[] };
    return data.length === 2 ? data.map(({ entity }) => entity.id) : undefined;
  });
  assert.ok(before.nodes[1] !== undefined && deleted.includes(before.nodes[1].instance_id));
});

test("Without a count, a pool follows its autoscaler's minimum up and down, and keeps its nodes otherwise", async (context) => {
  const { account, id, path } = await withCluster(context);
  const [before] = await pools(account, id);
  assert.ok(before !== undefined);
  const change = async (body: object) => {
    const answer = await account.call("PUT", `${path}/pools/${String(before.id)}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return (answer.body as PoolAnswer).nodes.map((node) => node.id);
  };
  const kept = before.nodes.map((node) => node.id);

  const grown = await change({ autoscaler: { enabled: true, min: 4, max: 6 } });
  assert.deepEqual(grown.slice(0, 2), kept);
  assert.equal(grown.length, 4);
  const applied = await eventually(() => account.clusters.applied[1]);
  assert.deepEqual(
    applied.nodes.map((node) => node.id),
    grown,
  );

  assert.deepEqual(
    await change({ autoscaler: { enabled: true, min: 3, max: 6 } }),
    grown.slice(0, 3),
    "a lower minimum",
  );
  assert.deepEqual(await change({ labels: { role: "vault" } }), grown.slice(0, 3), "bounds as before");
  assert.deepEqual(
    await change({ autoscaler: { enabled: false, min: 1, max: 1 } }),
    grown.slice(0, 3),
    "no autoscaler any more",
  );
  assert.deepEqual(
    await change({ count: 2, autoscaler: { enabled: true, min: 1, max: 6 } }),
    grown.slice(0, 2),
    "a count, which wins",
  );
});

test("Recycling a cluster replaces one node after the other, each when those before it are Ready", async (context) => {
  const { account, id, path } = await withCluster(context);
  const [before] = await pools(account, id);
  const [first, second] = before?.nodes ?? [];
  assert.ok(first !== undefined && second !== undefined);
  account.clusters.unready = "all";

  assert.deepEqual((await account.call("POST", `${path}/recycle`, {})).body, {});
  const halfway = await eventually(() => account.clusters.applied[2]);
  const replacement = halfway.nodes[0];
  assert.ok(replacement !== undefined);
  assert.notEqual(replacement.id, first.id);
  assert.notEqual(replacement.instanceId, first.instance_id);
  assert.equal(halfway.nodes[1]?.id, second.id);
  const filter = { "x-filter": JSON.stringify({ action: "linode_delete", "entity.type": "linode" }) };
  const deleted = async () => {
    const { body } = await account.call("GET", "/v4/account/events?page=1", undefined, filter);
    return (body as { data: { entity: { id: number } }[] }).data.map(({ entity }) => entity.id);
  };
  await eventually(async () => ((await deleted()).length === 1 ? true : undefined));
  assert.deepEqual(await deleted(), [first.instance_id]);
  assert.equal(account.clusters.applied.length, 3);

  account.clusters.unready = new Set();
  const whole = await eventually(() => account.clusters.applied[3]);
  assert.equal(whole.nodes[0]?.id, replacement.id);
  assert.notEqual(whole.nodes[1]?.id, second.id);
  await eventually(async () => ((await deleted()).length === 2 ? true : undefined));
  assert.deepEqual(await deleted(), [second.instance_id, first.instance_id]);
});

test("Only the pool or the node that is recycled gets new nodes", async (context) => {
  const { account, id, path } = await withCluster(context, { node_pools: [pool, { ...pool, count: 1 }] });
  const [first, second] = await pools(account, id);
  assert.ok(first?.nodes[1] !== undefined && second?.nodes[0] !== undefined);
  const ids = async () => (await pools(account, id)).flatMap(({ nodes }) => nodes.map((node) => node.id));

  await account.call("POST", `${path}/nodes/${first.nodes[1].id}/recycle`, {});
  await account.call("POST", `${path}/pools/${String(second.id)}/recycle`, {});
  const now = await eventually(async () => {
    const all = await ids();
    return all.includes(second.nodes[0]?.id ?? "") ? undefined : all;
  });
  assert.equal(now[0], first.nodes[0]?.id);
  assert.ok(!now.includes(first.nodes[1].id));
  assert.equal(now.length, 3);
});

test("Pools come and go, but the last one stays", async (context) => {
  const { account, id, path } = await withCluster(context);
  const [first] = await pools(account, id);
  assert.ok(first !== undefined);
  const last = await account.call("DELETE", `${path}/pools/${String(first.id)}`);
  assert.equal(last.status, 400);
  assert.deepEqual(last.body, { errors: [{ reason: "A cluster must keep at least one node pool" }] });

  const second = (await account.call("POST", `${path}/pools`, pool)).body as PoolAnswer;
  assert.deepEqual(
    second.nodes.map(({ status }) => status),
    ["not_ready", "not_ready"],
  );
  assert.equal((await account.call("DELETE", `${path}/pools/${String(first.id)}`)).status, 200);
  assert.deepEqual(
    (await pools(account, id)).map((left) => left.id),
    [second.id],
  );
  assert.equal((await account.call("GET", `${path}/pools/${String(first.id)}`)).status, 404);
});
