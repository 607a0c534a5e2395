import { z } from "zod";
import { Unimplemented } from "../frame/failures.ts";
import type { Properties } from "../frame/values.ts";
import { clusterAnswer } from "./cluster/answers.ts";
import { liveCluster } from "./cluster/live.ts";
import type { Operation } from "./resource.ts";

/** A function of the SDK that reads from the API. */
type ReadFunction = (operation: Operation, args: Properties) => Promise<Properties>;

const version = z.object({ id: z.string(), tier: z.string().default("") });

const region = z
  .object({
    id: z.string(),
    label: z.string(),
    country: z.string(),
    status: z.string(),
    capabilities: z.array(z.string()),
    resolvers: z.object({ ipv4: z.string(), ipv6: z.string() }),
    placement_group_limits: z.object({
      maximum_pgs_per_customer: z.number().nullable(),
      maximum_linodes_per_pg: z.number().nullable(),
    }),
    site_type: z.string(),
  })
  .transform(({ placement_group_limits: limits, site_type: siteType, resolvers, ...rest }) => ({
    ...rest,
    siteType,
    resolvers: [resolvers],
    placementGroupLimits: [
      {
        maximumPgsPerCustomer: limits.maximum_pgs_per_customer ?? 0,
        maximumLinodesPerPg: limits.maximum_linodes_per_pg ?? 0,
      },
    ],
  }));

const price = z.object({ hourly: z.number(), monthly: z.number() });
const regionPrices = z.array(price.extend({ id: z.string() }));

const instanceType = z
  .object({
    id: z.string(),
    label: z.string(),
    class: z.string(),
    vcpus: z.number(),
    accelerated_devices: z.number().default(0),
    memory: z.number(),
    disk: z.number(),
    transfer: z.number(),
    network_out: z.number(),
    price,
    region_prices: regionPrices,
    addons: z.object({ backups: z.object({ price, region_prices: regionPrices }) }),
  })
  .transform((type) => {
    const { accelerated_devices: acceleratedDevices, network_out: networkOut, addons, ...rest } = type;
    const { price: prices, region_prices: ofRegions, ...own } = rest;
    const { backups } = addons;
    return {
      ...own,
      acceleratedDevices,
      networkOut,
      prices: [prices],
      regionPrices: ofRegions,
      addons: [{ backups: [{ prices: [backups.price], regionPrices: backups.region_prices }] }],
    };
  });

async function getLkeVersions(operation: Operation, args: Properties): Promise<Properties> {
  const { tier } = z.object({ tier: z.string().optional() }).parse(args);
  const path = tier === undefined ? "/lke/versions" : `/lke/tiers/${encodeURIComponent(tier)}/versions`;
  const versions = await operation.client.list(path, version, operation);
  return { id: "lke_versions", ...(tier === undefined ? {} : { tier }), versions };
}

async function getInstanceTypes(operation: Operation, args: Properties): Promise<Properties> {
  refuseSelection("getInstanceTypes", args);
  return { id: "types", types: await operation.client.list("/linode/types", instanceType, operation) };
}

async function getRegions(operation: Operation, args: Properties): Promise<Properties> {
  refuseSelection("getRegions", args);
  return { id: "regions", regions: await operation.client.list("/regions", region, operation) };
}

async function getLkeClusters(operation: Operation, args: Properties): Promise<Properties> {
  refuseSelection("getLkeClusters", args);
  const clusters = await operation.client.list("/lke/clusters", clusterAnswer, operation);
  return {
    id: "lke_clusters",
    lkeClusters: clusters.map(({ outputs, highAvailability, ...cluster }) => ({
      ...cluster,
      ...outputs,
      controlPlane: { highAvailability },
    })),
  };
}

function refuseSelection(name: string, args: Properties): void {
  const given = ["filters", "order", "orderBy"].find((argument) => args[argument] !== undefined);
  if (given !== undefined) {
    throw new Unimplemented(
      `the offline linode plugin does not implement ${given} of ${name}; use the official plugin`,
    );
  }
}

async function getLkeCluster(operation: Operation, args: Properties): Promise<Properties> {
  const { id } = z.object({ id: z.number() }).parse(args);
  const { outputs, created, updated } = await liveCluster(operation, String(id), {});
  const { controlPlane, pools, ...cluster } = outputs;
  const { highAvailability, acl } = controlPlane;
  return {
    ...cluster,
    id,
    created,
    updated,
    controlPlanes: [{ highAvailability, ...(acl === undefined ? {} : { acls: [acl] }) }],
    pools: pools.map(({ autoscaler, ...pool }) => ({
      ...pool,
      disks: [],
      autoscalers: autoscaler === undefined ? [] : [{ enabled: true, ...autoscaler }],
    })),
  };
}

/** Functions by their tokens. */
export const FUNCTIONS: ReadonlyMap<string, ReadFunction> = new Map([
  ["linode:index/getLkeVersions:getLkeVersions", getLkeVersions],
  ["linode:index/getInstanceTypes:getInstanceTypes", getInstanceTypes],
  ["linode:index/getRegions:getRegions", getRegions],
  ["linode:index/getLkeCluster:getLkeCluster", getLkeCluster],
  ["linode:index/getLkeClusters:getLkeClusters", getLkeClusters],
]);
