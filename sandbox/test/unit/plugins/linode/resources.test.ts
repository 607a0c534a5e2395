import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, LinodePlugin } from "./support/plugin.ts";

const DOMAIN = "linode:index/domain:Domain";
const RECORD = "linode:index/domainRecord:DomainRecord";
const FIREWALL = "linode:index/firewall:Firewall";
const TOKEN = "linode:index/token:Token";

const domain = { domain: "example.org", type: "master", soaEmail: "ops@example.org" };

test("A domain and its record are made, changed, found and removed", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const zone = await plugin.create(DOMAIN, { ...domain, ttlSec: 300 });
  assert.deepEqual(zone.outputs, {
    ...domain,
    ttlSec: 300,
    status: "active",
    description: "",
    retrySec: 0,
    refreshSec: 0,
    expireSec: 0,
    masterIps: [],
    axfrIps: [],
    group: "",
    tags: [],
  });
  assert.deepEqual(await plugin.diff(DOMAIN, zone.outputs, { ...domain, ttlSec: 300 }), {});
  const described = await plugin.update(DOMAIN, zone.id, zone.outputs, {
    ...domain,
    description: "federation",
  });
  assert.equal(described.description, "federation");

  const record = { domainId: Number(zone.id), recordType: "A", name: "vault", target: "192.0.2.1" };
  const made = await plugin.create(RECORD, record);
  assert.deepEqual(await plugin.diff(RECORD, made.outputs, record), {});
  assert.deepEqual(await plugin.diff(RECORD, made.outputs, { ...record, recordType: "TXT", target: "a" }), {
    recordType: "~!",
    target: "~",
  });
  const moved = await plugin.update(RECORD, made.id, made.outputs, { ...record, target: "192.0.2.2" });
  assert.equal(moved.target, "192.0.2.2");
  const imported = await plugin.read(RECORD, `${zone.id},${made.id}`);
  assert.deepEqual([imported.id, imported.outputs], [made.id, moved]);

  await plugin.delete(RECORD, made.id, moved);
  assert.equal((await plugin.read(RECORD, made.id, { inputs: record, outputs: moved })).id, "");
  await plugin.delete(DOMAIN, zone.id, described);
  assert.equal((await plugin.read(DOMAIN, zone.id, { inputs: domain, outputs: described })).id, "");
});

test("A domain that is taken is refused with the field", async (context) => {
  const plugin = await LinodePlugin.open(context);
  await plugin.create(DOMAIN, domain);
  const { details } = await failure(plugin.create(DOMAIN, domain));
  assert.equal(details, "creating the domain: [400] [domain] Domain already exists");
});

test("A firewall follows its rules, its nodes and its switch", async (context) => {
  const plugin = await LinodePlugin.open(context);
  plugin.account.infrastructure.balancers.push(
    ...[11, 12].map((id) => ({
      id,
      label: `ccm-${String(id)}`,
      region: "us-ord",
      ipv4: "198.51.100.4",
      tags: [],
      created: new Date(),
    })),
  );
  const rule = { label: "vault", action: "ACCEPT", protocol: "TCP", ports: "8200", ipv4s: ["10.0.0.0/8"] };
  const inputs = {
    label: "gate",
    inboundPolicy: "DROP",
    outboundPolicy: "ACCEPT",
    inbounds: [rule],
    nodebalancers: [11],
    disabled: true,
  };
  const gate = await plugin.create(FIREWALL, inputs);
  assert.deepEqual([gate.outputs.status, gate.outputs.disabled], ["disabled", true]);
  assert.deepEqual(gate.outputs.inbounds, [{ ...rule, ipv6s: [], description: "" }]);
  assert.deepEqual(gate.outputs.nodebalancers, [11]);
  assert.deepEqual(await plugin.diff(FIREWALL, gate.outputs, inputs), {});

  const wanted = { ...inputs, inbounds: [], disabled: false, nodebalancers: [12], tags: ["federation"] };
  assert.deepEqual(await plugin.diff(FIREWALL, gate.outputs, wanted), {
    "inbounds[0]": "-",
    disabled: "~",
    "nodebalancers[0]": "~",
    "tags[0]": "+",
  });
  const opened = await plugin.update(FIREWALL, gate.id, gate.outputs, wanted);
  assert.deepEqual(
    [opened.status, opened.inbounds, opened.nodebalancers, opened.linodes, opened.tags],
    ["enabled", [], [12], [], ["federation"]],
  );
  assert.deepEqual(
    (opened.devices as { entityId: number; type: string }[]).map(({ entityId, type }) => [entityId, type]),
    [[12, "nodebalancer"]],
  );
  await plugin.delete(FIREWALL, gate.id, opened);
  assert.equal((await plugin.read(FIREWALL, gate.id, { inputs: wanted, outputs: opened })).id, "");
});

test("A token is known from its creation on, whatever is read later", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const inputs = { label: "dns", scopes: "domains:read_write", expiry: "2099-01-02T03:04:05Z" };
  const { id, outputs } = await plugin.create(TOKEN, inputs);
  assert.match(String(outputs.token), /^[0-9a-f]{64}$/);
  assert.equal(outputs.expiry, inputs.expiry);
  assert.deepEqual((await plugin.read(TOKEN, id, { inputs, outputs })).outputs, outputs);
  assert.deepEqual(await plugin.diff(TOKEN, outputs, { ...inputs, scopes: "*", label: "all" }), {
    scopes: "~!",
    label: "~",
  });
  const renamed = await plugin.update(TOKEN, id, outputs, { ...inputs, label: "zones" });
  assert.deepEqual(renamed, { ...outputs, label: "zones" });
  await plugin.delete(TOKEN, id, renamed);
  assert.equal((await plugin.read(TOKEN, id, { inputs, outputs })).id, "");
});

test("Versions and regions are what the API offers", async (context) => {
  const plugin = await LinodePlugin.open(context, { apiVersion: "v4beta" });
  assert.deepEqual(await plugin.invoke("linode:index/getLkeVersions:getLkeVersions", {}), {
    id: "lke_versions",
    versions: [
      { id: "1.36", tier: "" },
      { id: "1.35", tier: "" },
    ],
  });
  assert.deepEqual(await plugin.invoke("linode:index/getLkeVersions:getLkeVersions", { tier: "standard" }), {
    id: "lke_versions",
    tier: "standard",
    versions: [
      { id: "1.36", tier: "standard" },
      { id: "1.35", tier: "standard" },
    ],
  });
  const { regions } = await plugin.invoke("linode:index/getRegions:getRegions", {});
  const madrid = (regions as Record<string, unknown>[]).find(({ id }) => id === "es-mad");
  assert.deepEqual(
    [madrid?.label, madrid?.country, madrid?.siteType, madrid?.status],
    ["Madrid, ES", "es", "core", "ok"],
  );
  assert.ok((madrid?.capabilities as string[]).includes("Kubernetes"));
  assert.deepEqual(madrid?.placementGroupLimits, [{ maximumPgsPerCustomer: 100, maximumLinodesPerPg: 5 }]);
});

test("Plans are what the API offers, in the SDK's form", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const { types } = await plugin.invoke("linode:index/getInstanceTypes:getInstanceTypes", {});
  const free = { hourly: 0, monthly: 0 };
  assert.deepEqual(
    (types as Record<string, unknown>[]).find(({ id }) => id === "g6-standard-4"),
    {
      id: "g6-standard-4",
      label: "Linode 8GB",
      class: "standard",
      vcpus: 4,
      acceleratedDevices: 0,
      memory: 8192,
      disk: 163_840,
      transfer: 8000,
      networkOut: 8000,
      prices: [{ hourly: 0.072, monthly: 48 }],
      regionPrices: [],
      addons: [{ backups: [{ prices: [free], regionPrices: [] }] }],
    },
  );
});

for (const name of ["getRegions", "getInstanceTypes", "getLkeClusters"]) {
  test(`A selection by ${name} is refused by its name`, async (context) => {
    const plugin = await LinodePlugin.open(context);
    const filters = [{ name: "id", values: ["us-ord"] }];
    const { details } = await failure(plugin.invoke(`linode:index/${name}:${name}`, { filters }));
    assert.equal(
      details,
      `the offline linode plugin does not implement filters of ${name}; use the official plugin`,
    );
  });
}

test("A cluster is looked up with everything that its owner knows of it", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const pools = [{ type: "g6-standard-2", count: 1, autoscaler: { min: 1, max: 2 } }];
  const inputs = { label: "hub", region: "us-ord", k8sVersion: "1.35", pools };
  const { id, outputs } = await plugin.create("linode:index/lkeCluster:LkeCluster", inputs);
  const found = await plugin.invoke("linode:index/getLkeCluster:getLkeCluster", { id: Number(id) });
  assert.deepEqual([found.id, found.label, found.kubeconfig], [Number(id), "hub", outputs.kubeconfig]);
  assert.deepEqual(found.controlPlanes, [
    { highAvailability: false, acls: [{ enabled: false, addresses: [{ ipv4s: [], ipv6s: [] }] }] },
  ]);
  const [pool] = found.pools as Record<string, unknown>[];
  assert.deepEqual(pool?.autoscalers, [{ enabled: true, min: 1, max: 2 }]);
  assert.ok(!("autoscaler" in pool));
  const { details } = await failure(plugin.invoke("linode:index/getLkeCluster:getLkeCluster", { id: 1 }));
  assert.equal(details, "[404] Not found");
});

test("All clusters of the account are listed, in the SDK's form", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const none = await plugin.invoke("linode:index/getLkeClusters:getLkeClusters", {});
  assert.deepEqual(none, { id: "lke_clusters", lkeClusters: [] });
  const pools = [{ type: "g6-standard-2", count: 1 }];
  const inputs = { label: "hub", region: "us-ord", k8sVersion: "1.35", tags: ["one"], pools };
  const { id } = await plugin.create("linode:index/lkeCluster:LkeCluster", inputs);
  const { lkeClusters } = await plugin.invoke("linode:index/getLkeClusters:getLkeClusters", {});
  const [{ created, updated, ...cluster } = {}, ...others] = lkeClusters as Record<string, unknown>[];
  assert.deepEqual(cluster, {
    id: Number(id),
    label: "hub",
    region: "us-ord",
    k8sVersion: "1.35",
    tags: ["one"],
    status: "ready",
    tier: "",
    aplEnabled: false,
    controlPlane: { highAvailability: false },
  });
  assert.deepEqual([typeof created, typeof updated, others], ["string", "string", []]);
});

test("What the plugin does not do is refused by name", async (context) => {
  const plugin = await LinodePlugin.open(context);
  const volume = await failure(plugin.check("linode:index/volume:Volume", {}));
  assert.match(
    volume.details,
    /does not implement resource type linode:index\/volume:Volume; install the official plugin/,
  );
  const filters = [{ name: "country", values: ["us"] }];
  const filtered = await failure(plugin.invoke("linode:index/getRegions:getRegions", { filters }));
  assert.match(filtered.details, /does not implement filters of getRegions; use the official plugin$/);
});
