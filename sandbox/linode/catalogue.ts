/** Regions, plans and prices as Linode's API lists them, cut down to what clusters are made of. */

const SERVICES = [
  "Linodes",
  "NodeBalancers",
  "Block Storage",
  "Block Storage Encryption",
  "Object Storage",
  "Cloud Firewall",
  "VPCs",
];

function region(id: string, label: string, country: string) {
  return {
    id,
    label,
    country,
    capabilities: [...SERVICES, "Kubernetes"],
    status: "ok",
    resolvers: { ipv4: "192.0.2.53", ipv6: "2001:db8::53" },
    placement_group_limits: { maximum_pgs_per_customer: 100, maximum_linodes_per_pg: 5 },
    site_type: "core",
  };
}

/** The regions; all but the distributed one have Kubernetes. */
export const REGIONS = [
  region("us-ord", "Chicago, IL", "us"),
  region("us-iad", "Washington, DC", "us"),
  region("us-lax", "Los Angeles, CA", "us"),
  region("us-mia", "Miami, FL", "us"),
  region("us-sea", "Seattle, WA", "us"),
  region("us-central", "Dallas, TX", "us"),
  region("us-east", "Newark, NJ", "us"),
  region("us-southeast", "Atlanta, GA", "us"),
  region("us-west", "Fremont, CA", "us"),
  region("ca-central", "Toronto, CA", "ca"),
  region("br-gru", "Sao Paulo, BR", "br"),
  region("eu-central", "Frankfurt, DE", "de"),
  region("eu-west", "London, UK", "gb"),
  region("es-mad", "Madrid, ES", "es"),
  region("fr-par", "Paris, FR", "fr"),
  region("it-mil", "Milan, IT", "it"),
  region("nl-ams", "Amsterdam, NL", "nl"),
  region("se-sto", "Stockholm, SE", "se"),
  region("ap-northeast", "Tokyo, JP", "jp"),
  region("ap-south", "Singapore, SG", "sg"),
  region("ap-southeast", "Sydney, AU", "au"),
  region("ap-west", "Mumbai, IN", "in"),
  region("id-cgk", "Jakarta, ID", "id"),
  region("in-maa", "Chennai, IN", "in"),
  region("jp-osa", "Osaka, JP", "jp"),
  {
    ...region("us-den-edge-1", "Denver, CO", "us"),
    capabilities: ["Linodes", "Cloud Firewall"],
    site_type: "distributed",
  },
];

function plan(id: string, label: string, cpus: number, memoryGiB: number, diskGiB: number, monthly: number) {
  return {
    id,
    label,
    price: { hourly: Math.round((monthly / 667) * 10_000) / 10_000, monthly },
    region_prices: [],
    addons: { backups: { price: { hourly: 0, monthly: 0 }, region_prices: [] } },
    memory: memoryGiB * 1024,
    disk: diskGiB * 1024,
    transfer: memoryGiB * 1000,
    vcpus: cpus,
    gpus: 0,
    network_out: memoryGiB * 1000,
    class: id.split("-")[1] ?? "standard",
    successor: null,
  };
}

/** The plans that nodes can have; a Nanode is a plan, but not one for a node. */
export const LINODE_TYPES = [
  plan("g6-nanode-1", "Nanode 1GB", 1, 1, 25, 5),
  plan("g6-standard-1", "Linode 2GB", 1, 2, 50, 12),
  plan("g6-standard-2", "Linode 4GB", 2, 4, 80, 24),
  plan("g6-standard-4", "Linode 8GB", 4, 8, 160, 48),
  plan("g6-standard-6", "Linode 16GB", 6, 16, 320, 96),
  plan("g6-dedicated-2", "Dedicated 4GB", 2, 4, 80, 36),
  plan("g6-dedicated-4", "Dedicated 8GB", 4, 8, 160, 72),
  plan("g6-dedicated-8", "Dedicated 16GB", 8, 16, 320, 144),
];

/** What a control plane costs in USD: free, or highly available. */
export const CLUSTER_TYPES = [
  {
    id: "lke-sa",
    label: "LKE Standard Availability",
    price: { hourly: 0, monthly: 0 },
    region_prices: [],
    transfer: 0,
  },
  {
    id: "lke-ha",
    label: "LKE High Availability",
    price: { hourly: 0.09, monthly: 60 },
    region_prices: [
      { id: "id-cgk", hourly: 0.108, monthly: 72 },
      { id: "br-gru", hourly: 0.126, monthly: 84 },
    ],
    transfer: 0,
  },
];

/** Ids of the regions that clusters can be created in. */
export const KUBERNETES_REGIONS: ReadonlySet<string> = new Set(
  REGIONS.filter(({ capabilities }) => capabilities.includes("Kubernetes")).map(({ id }) => id),
);

/** Ids of the plans that nodes of a cluster can have. */
export const NODE_TYPES: ReadonlySet<string> = new Set(
  LINODE_TYPES.filter((type) => type.class !== "nanode").map(({ id }) => id),
);
