import { z } from "zod";
import { Unimplemented } from "../frame/failures.ts";
import type { Properties } from "../frame/values.ts";
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

async function getLkeVersions(operation: Operation, args: Properties): Promise<Properties> {
  const { tier } = z.object({ tier: z.string().optional() }).parse(args);
  const path = tier === undefined ? "/lke/versions" : `/lke/tiers/${encodeURIComponent(tier)}/versions`;
  const versions = await operation.client.list(path, version, operation);
  return { id: "lke_versions", ...(tier === undefined ? {} : { tier }), versions };
}

async function getRegions(operation: Operation, args: Properties): Promise<Properties> {
  if (args.filters !== undefined) {
    throw new Unimplemented(
      "the offline linode plugin does not implement filters of getRegions; use the official plugin",
    );
  }
  return { id: "regions", regions: await operation.client.list("/regions", region, operation) };
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
  ["linode:index/getRegions:getRegions", getRegions],
  ["linode:index/getLkeCluster:getLkeCluster", getLkeCluster],
]);
