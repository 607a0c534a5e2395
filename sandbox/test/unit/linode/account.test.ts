import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, LinodeAccount } from "../../support/linode/linode-account.ts";

const cluster = {
  label: "hub",
  region: "us-ord",
  k8s_version: "1.36",
  node_pools: [{ count: 1, type: "g6-standard-2" }],
};

test("A domain is kept with its records, and goes with them", async (context) => {
  const account = await LinodeAccount.open(context);
  const created = await account.call("POST", "/v4/domains", {
    domain: "example.org",
    type: "master",
    soa_email: "ops@example.org",
    ttl_sec: 300,
  });
  const domain = created.body as Record<string, unknown>;
  const path = `/v4/domains/${String(domain.id)}`;
  assert.deepEqual(
    [domain.domain, domain.type, domain.status, domain.soa_email, domain.ttl_sec, domain.tags],
    ["example.org", "master", "active", "ops@example.org", 300, []],
  );
  const record = (
    await account.call("POST", `${path}/records`, { type: "A", name: "vault", target: "192.0.2.1" })
  ).body as { id: number };
  const changed = await account.call("PUT", `${path}/records/${String(record.id)}`, { target: "192.0.2.2" });
  assert.deepEqual(changed.body, {
    ...record,
    target: "192.0.2.2",
    updated: (changed.body as { updated: string }).updated,
  });
  assert.deepEqual((await account.call("PUT", path, { description: "federation" })).body, {
    ...domain,
    description: "federation",
    updated: ((await account.call("GET", path)).body as { updated: string }).updated,
  });
  await account.call("DELETE", path);
  assert.equal((await account.call("GET", `${path}/records`)).status, 404);
});

test("A domain needs a name of its own and an SOA address, a record a target of its type", async (context) => {
  const account = await LinodeAccount.open(context);
  const domain = { domain: "example.org", type: "master", soa_email: "ops@example.org" };
  const { id } = (await account.call("POST", "/v4/domains", domain)).body as { id: number };
  assert.deepEqual((await account.call("POST", "/v4/domains", domain)).body, {
    errors: [{ reason: "Domain already exists", field: "domain" }],
  });
  assert.deepEqual(
    (await account.call("POST", "/v4/domains", { domain: "example.net", type: "master" })).body,
    {
      errors: [{ reason: "soa_email is required for a master domain", field: "soa_email" }],
    },
  );
  const record = await account.call("POST", `/v4/domains/${String(id)}/records`, {
    type: "AAAA",
    target: "192.0.2.1",
  });
  assert.deepEqual(record.body, {
    errors: [{ reason: "Must be an address for a record of type AAAA", field: "target" }],
  });
});

test("A firewall is kept with its rules and the nodes behind it", async (context) => {
  const account = await LinodeAccount.open(context);
  const { id: clusterId } = (await account.call("POST", "/v4/lke/clusters", cluster)).body as { id: number };
  const pools = await account.call("GET", `/v4/lke/clusters/${String(clusterId)}/pools`);
  const instance = (pools.body as { data: { nodes: { instance_id: number }[] }[] }).data[0]?.nodes[0]
    ?.instance_id;
  const rules = {
    inbound: [
      {
        label: "vault",
        action: "ACCEPT",
        protocol: "TCP",
        ports: "8200",
        addresses: { ipv4: ["10.0.0.0/8"] },
      },
    ],
    outbound: [],
    inbound_policy: "DROP",
    outbound_policy: "ACCEPT",
  };
  const created = await account.call("POST", "/v4/networking/firewalls", {
    label: "vault",
    rules,
    devices: { linodes: [instance] },
  });
  const firewall = created.body as { id: number; status: string; rules: unknown };
  assert.deepEqual([firewall.status, firewall.rules], ["enabled", rules]);
  const path = `/v4/networking/firewalls/${String(firewall.id)}`;
  const devices = (await account.call("GET", `${path}/devices`)).body as {
    data: { id: number; entity: { id: number; type: string } }[];
  };
  assert.deepEqual(
    devices.data.map(({ entity }) => [entity.type, entity.id]),
    [["linode", instance]],
  );
  await account.call("DELETE", `${path}/devices/${String(devices.data[0]?.id)}`);
  assert.equal(((await account.call("GET", `${path}/devices`)).body as { results: number }).results, 0);

  const opened = { ...rules, inbound: [], inbound_policy: "ACCEPT" };
  assert.deepEqual((await account.call("PUT", `${path}/rules`, opened)).body, opened);
  assert.deepEqual((await account.call("GET", `${path}/rules`)).body, opened);
  assert.equal(
    ((await account.call("PUT", path, { status: "disabled" })).body as { status: string }).status,
    "disabled",
  );
  await account.call("DELETE", path);
  assert.equal((await account.call("GET", path)).status, 404);
});

test("A firewall names every rule that can't be", async (context) => {
  const account = await LinodeAccount.open(context);
  const { status, body } = await account.call("POST", "/v4/networking/firewalls", {
    label: "vault",
    rules: {
      inbound: [
        { label: "ping", action: "ACCEPT", protocol: "ICMP", ports: "7", addresses: { ipv4: ["0.0.0.0/0"] } },
        { label: "all", action: "MAYBE", protocol: "TCP" },
      ],
      inbound_policy: "DROP",
      outbound_policy: "ACCEPT",
    },
  });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    errors: [
      { reason: "Ports are only allowed with TCP and UDP", field: "rules.inbound[0].ports" },
      { reason: "Must be ACCEPT or DROP", field: "rules.inbound[1].action" },
    ],
  });
  const unknown = await account.call("POST", "/v4/networking/firewalls", {
    label: "vault",
    rules: { inbound_policy: "DROP", outbound_policy: "ACCEPT" },
    devices: { linodes: [7] },
  });
  assert.deepEqual(unknown.body, { errors: [{ reason: "There is no linode 7", field: "devices.linodes" }] });
});

test("Load balancers and volumes outlive their cluster until they are deleted", async (context) => {
  const account = await LinodeAccount.open(context);
  const created = new Date("2026-01-02T03:04:05Z");
  account.infrastructure.balancers.push({
    id: 11,
    label: "ccm-1",
    region: "us-ord",
    ipv4: "198.51.100.4",
    tags: ["lke"],
    created,
  });
  account.infrastructure.disks.push({
    id: 12,
    label: "pvc1",
    region: "us-ord",
    sizeGiB: 10,
    tags: [],
    created,
  });
  const { id } = (await account.call("POST", "/v4/lke/clusters", cluster)).body as { id: number };
  await account.call("DELETE", `/v4/lke/clusters/${String(id)}`);
  await eventually(() => account.clusters.removed[0]);

  const moment = "2026-01-02T03:04:05";
  assert.deepEqual((await account.call("GET", "/v4/nodebalancers")).body, {
    data: [
      {
        id: 11,
        label: "ccm-1",
        region: "us-ord",
        ipv4: "198.51.100.4",
        hostname: "198.51.100.4",
        tags: ["lke"],
        created: moment,
        updated: moment,
      },
    ],
    page: 1,
    pages: 1,
    results: 1,
  });
  assert.deepEqual((await account.call("GET", "/v4/volumes/12")).body, {
    id: 12,
    label: "pvc1",
    region: "us-ord",
    size: 10,
    status: "active",
    linode_id: null,
    filesystem_path: "/dev/disk/by-id/scsi-0Linode_Volume_pvc1",
    tags: [],
    created: moment,
    updated: moment,
  });
  await account.call("DELETE", "/v4/nodebalancers/11");
  await account.call("DELETE", "/v4/volumes/12");
  assert.deepEqual([account.infrastructure.balancers, account.infrastructure.disks], [[], []]);
});
