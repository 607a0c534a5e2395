import * as linode from "@pulumi/linode";
import { Config } from "@pulumi/pulumi";

const config = new Config();

const { versions = [] } = await linode.getLkeVersions();
const { regions = [] } = await linode.getRegions();

const cluster = new linode.LkeCluster(
  "hub",
  {
    label: "hub",
    region: config.get("region") ?? "us-ord",
    k8sVersion: config.get("version") ?? "1.35",
    tags: ["federation", "hub"],
    externalPoolTags: ["separate"],
    controlPlane: {
      highAvailability: true,
      acl: { enabled: true, addresses: [{ ipv4s: ["192.0.2.0/24"] }] },
    },
    pools: [
      {
        type: "g6-standard-2",
        count: config.getNumber("count") ?? 2,
        labels: { role: "vault" },
        taints: [
          { key: "only", value: "vault", effect: "NoSchedule" },
          { key: "first", value: "vault", effect: "NoExecute" },
        ],
      },
      { type: config.get("type") ?? "g6-standard-1", autoscaler: { min: 1, max: 3 } },
    ],
  },
  { deleteBeforeReplace: true },
);

const pool = new linode.LkeNodePool("batch", {
  clusterId: cluster.id.apply(Number),
  type: "g6-dedicated-2",
  nodeCount: 1,
  tags: ["separate", "batch"],
});

const domain = new linode.Domain("zone", {
  domain: "example.org",
  type: "master",
  soaEmail: "ops@example.org",
});
const record = new linode.DomainRecord("vault", {
  domainId: domain.id.apply(Number),
  recordType: "A",
  name: "vault",
  target: config.get("target") ?? "192.0.2.10",
});
const firewall = new linode.Firewall("gate", {
  label: "gate",
  inboundPolicy: "DROP",
  outboundPolicy: "ACCEPT",
  inbounds: [{ label: "vault", action: "ACCEPT", protocol: "TCP", ports: "8200", ipv4s: ["10.0.0.0/8"] }],
  linodes: cluster.pools.apply(([first]) => first?.nodes.map(({ instanceId }) => instanceId) ?? []),
});
const dns = new linode.Token("dns", { label: "dns", scopes: "domains:read_write" });

export const offered = versions.map(({ id }) => id);
export const regionCount = regions.length;
export const clusterId = cluster.id;
export const kubeconfig = cluster.kubeconfig;
export const apiEndpoints = cluster.apiEndpoints;
export const pools = cluster.pools;
export const controlPlane = cluster.controlPlane;
export const batchNodes = pool.nodes;
export const target = record.target;
export const devices = firewall.devices;
export const token = dns.token;
