import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createCluster,
  creation,
  pool,
  pools,
  withCluster,
  type ClusterAnswer,
} from "../../support/linode/clusters.ts";
import { eventually, LinodeAccount } from "../../support/linode/linode-account.ts";

test("Creating a cluster answers it at once and asks the provisioner for its nodes", async (context) => {
  const account = await LinodeAccount.open(context);
  const answer = await account.call("POST", "/v4beta/lke/clusters", {
    ...creation,
    tags: ["federation"],
    tier: "standard",
    control_plane: {
      high_availability: true,
      acl: { enabled: true, addresses: { ipv4: ["192.0.2.1"], ipv6: [] } },
    },
    node_pools: [
      { ...pool, labels: { role: "vault" }, taints: [{ key: "only", value: "vault", effect: "NoSchedule" }] },
      { ...pool, count: 1, tags: ["batch"], autoscaler: { enabled: true, min: 1, max: 5 } },
    ],
  });

  assert.equal(answer.status, 200);
  const { id, created } = answer.body as { id: number; created: string };
  assert.match(created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  assert.deepEqual(answer.body, {
    id,
    status: "ready",
    created,
    updated: created,
    label: "hub",
    region: "us-ord",
    k8s_version: "1.35",
    control_plane: { high_availability: true },
    tags: ["federation"],
    locks: [],
    tier: "standard",
    apl_enabled: false,
  });

  const applied = await eventually(() => account.clusters.applied[0]);
  const [first, second] = await pools(account, id);
  assert.ok(first !== undefined && second !== undefined);
  const common = { type: "g6-standard-2", disks: [], disk_encryption: "enabled", label: "", locks: [] };
  assert.deepEqual(first, {
    ...common,
    id: first.id,
    count: 2,
    nodes: first.nodes,
    autoscaler: { enabled: false, min: 2, max: 2 },
    labels: { role: "vault" },
    taints: [{ key: "only", value: "vault", effect: "NoSchedule" }],
    tags: [],
  });
  assert.deepEqual(second, {
    ...common,
    id: second.id,
    count: 1,
    nodes: second.nodes,
    autoscaler: { enabled: true, min: 1, max: 5 },
    labels: {},
    taints: [],
    tags: ["batch"],
  });
  const [node] = first.nodes;
  assert.ok(node !== undefined);
  assert.match(node.id, new RegExp(`^${String(first.id)}-[0-9a-f]{8}0000$`));
  assert.equal(node.status, "ready");
  assert.deepEqual(
    { ...applied, nodes: applied.nodes.map((desired) => desired.id) },
    {
      id,
      label: "hub",
      region: "us-ord",
      kubernetesVersion: "1.35",
      nodes: [...first.nodes, ...second.nodes].map((answered) => answered.id),
    },
  );
  assert.deepEqual(applied.nodes[0], {
    id: node.id,
    instanceId: node.instance_id,
    type: "g6-standard-2",
    poolId: first.id,
    labels: { role: "vault" },
    taints: [{ key: "only", value: "vault", effect: "NoSchedule" }],
  });
  const acl = await account.call("GET", `/v4/lke/clusters/${String(id)}/control_plane_acl`);
  const { acl: kept } = acl.body as { acl: Record<string, unknown> };
  assert.deepEqual(
    { enabled: kept.enabled, addresses: kept.addresses },
    { enabled: true, addresses: { ipv4: ["192.0.2.1/32"], ipv6: [] } },
  );
});

test("Kubeconfig, endpoints and Ready nodes are missing until the provisioner has them", async (context) => {
  const account = await LinodeAccount.open(context);
  account.clusters.hold();
  const id = await createCluster(account);
  const path = `/v4/lke/clusters/${String(id)}`;

  const early = await account.call("GET", `${path}/kubeconfig`);
  assert.equal(early.status, 503);
  assert.equal(early.headers.get("retry-after"), "1");
  assert.deepEqual(early.body, {
    errors: [{ reason: "Cluster kubeconfig is not yet available. Please try again later." }],
  });
  const endpoints = await account.call("GET", `${path}/api-endpoints?page=1`);
  assert.equal(endpoints.status, 503);
  assert.deepEqual(endpoints.body, {
    errors: [{ reason: "Cluster API Endpoints are not yet available. Please try again later." }],
  });
  assert.deepEqual(
    (await pools(account, id)).flatMap(({ nodes }) => nodes.map(({ status }) => status)),
    ["not_ready", "not_ready"],
  );

  account.clusters.release();
  const kubeconfig = await eventually(async () => {
    const answer = await account.call("GET", `${path}/kubeconfig`);
    return answer.status === 200 ? answer.body : undefined;
  });
  assert.deepEqual(kubeconfig, { kubeconfig: Buffer.from(`kubeconfig of ${String(id)}`).toString("base64") });
  assert.deepEqual((await account.call("GET", `${path}/api-endpoints?page=1`)).body, {
    data: [{ endpoint: `https://127.0.0.1:${String(20_000 + (id % 10_000))}` }],
    page: 1,
    pages: 1,
    results: 1,
  });
});

test("tier and apl_enabled are known to v4beta only", async (context) => {
  const { account, path } = await withCluster(context);
  const stable = (await account.call("GET", path)).body as object;
  assert.ok(!("tier" in stable) && !("apl_enabled" in stable));
  const refused = await account.call("POST", "/v4/lke/clusters", {
    ...creation,
    label: "other",
    tier: "standard",
  });
  assert.deepEqual(refused.body, {
    errors: [{ reason: "Only known to v4beta: set the provider's apiVersion", field: "tier" }],
  });
  assert.equal((await account.call("GET", "/v4/lke/tiers/standard/versions")).status, 404);
  assert.deepEqual((await account.call("GET", "/v4beta/lke/tiers/standard/versions")).body, {
    data: [
      { id: "1.36", tier: "standard" },
      { id: "1.35", tier: "standard" },
    ],
    page: 1,
    pages: 1,
    results: 2,
  });
});

test("A deleted cluster answers until it is removed; its label is free afterwards", async (context) => {
  const { account, id, path } = await withCluster(context);
  account.clusters.removeErrors.push(new Error("a mount is busy"));
  assert.deepEqual((await account.call("DELETE", path)).body, {});
  await eventually(async () => ((await account.call("GET", path)).status === 404 ? true : undefined));
  assert.deepEqual(account.clusters.removed, [id]);
  assert.ok(account.log.includes(`cluster ${String(id)}: a mount is busy; attempt 2 in 0.001 s`));
  await createCluster(account);
});

test("A cluster that is being deleted can't be changed", async (context) => {
  const { account, path } = await withCluster(context);
  account.clusters.hold();
  await account.call("POST", `${path}/recycle`, {});
  await account.call("DELETE", path);
  const refused = await account.call("PUT", path, { tags: ["late"] });
  assert.equal(refused.status, 400);
  assert.deepEqual(refused.body, { errors: [{ reason: "The cluster is being deleted" }] });
});

test("What could not be provisioned is tried again, and shown as not_ready until it works", async (context) => {
  const account = await LinodeAccount.open(context);
  account.clusters.applyErrors.push(new Error("no kubelet"), new Error("no kubelet"));
  const id = await createCluster(account);
  await eventually(() => account.clusters.applied[0]);
  assert.deepEqual(
    account.log.filter((line) => line.startsWith("cluster")),
    [
      `cluster ${String(id)}: no kubelet; attempt 2 in 0.001 s`,
      `cluster ${String(id)}: no kubelet; attempt 3 in 0.002 s`,
    ],
  );
});

test("An update changes what it names and nothing else", async (context) => {
  const { account, path } = await withCluster(context, { tags: ["federation"] });
  const answer = await account.call("PUT", path, {
    label: "centre",
    k8s_version: "1.36",
    control_plane: { high_availability: true, acl: { enabled: false } },
  });
  const changed = answer.body as Record<string, unknown>;
  assert.deepEqual(
    [changed.label, changed.k8s_version, changed.control_plane, changed.tags],
    ["centre", "1.36", { high_availability: true }, ["federation"]],
  );
  const applied = await eventually(() => account.clusters.applied[1]);
  assert.equal(applied.kubernetesVersion, "1.36");
});

test("The control plane's ACL is kept in CIDR notation, and its addresses go when it is disabled", async (context) => {
  const { account, path } = await withCluster(context);
  const put = (acl: object) => account.call("PUT", `${path}/control_plane_acl`, { acl });
  const addresses = { ipv4: ["203.0.113.7", "10.0.0.0/8"], ipv6: ["2001:db8::1"] };
  const read = async () => {
    const { body } = await account.call("GET", `${path}/control_plane_acl`);
    const { acl } = body as { acl: Record<string, unknown> };
    return { enabled: acl.enabled, addresses: acl.addresses };
  };
  assert.equal((await put({ enabled: true, addresses })).status, 200);
  assert.deepEqual(await read(), {
    enabled: true,
    addresses: { ipv4: ["203.0.113.7/32", "10.0.0.0/8"], ipv6: ["2001:db8::1/128"] },
  });
  await put({ enabled: false });
  assert.deepEqual(await read(), { enabled: false, addresses: { ipv4: [], ipv6: [] } });
  assert.deepEqual((await put({ addresses })).body, {
    errors: [{ reason: "Addresses are not acceptable when ACL is disabled", field: "acl.addresses" }],
  });
});

test("Each way to replace the kubeconfig reaches the provisioner", async (context) => {
  const { account, id, path } = await withCluster(context);
  await account.call("POST", `${path}/regenerate`, { kubeconfig: true, servicetoken: true });
  await account.call("DELETE", `${path}/kubeconfig`);
  await account.call("DELETE", `${path}/servicetoken`);
  assert.deepEqual(account.clusters.regenerated, [id, id, id]);
});

test("Clusters, recycling and ids survive a restart of the emulator", async (context) => {
  const { account, id, path } = await withCluster(context);
  const before = await pools(account, id);
  account.clusters.hold();
  await account.call("POST", `${path}/recycle`, {});
  await account.stop();
  const applied = account.clusters.applied.length;

  await account.start();
  assert.equal(((await account.call("GET", path)).body as ClusterAnswer).label, "hub");
  await eventually(() => account.clusters.applied[applied]);
  const old = before.flatMap(({ nodes }) => nodes.map((node) => node.id));
  await eventually(async () => {
    const now = (await pools(account, id)).flatMap(({ nodes }) => nodes.map((node) => node.id));
    return now.some((node) => old.includes(node)) ? undefined : true;
  });
  const other = await createCluster(account, { label: "edge" });
  assert.ok(other > id);
});
