import { z } from "zod";
import { KUBERNETES_REGIONS, NODE_TYPES } from "../catalogue.ts";
import { tags, uniqueLabel } from "../validation.ts";
import { labels, taint } from "./node-metadata.ts";
import type { ClusterRecord } from "./records.ts";

const MAXIMUM_NODES = 100;

const nodeCount = z
  .number()
  .int()
  .min(1, `Must be 1 to ${String(MAXIMUM_NODES)}`)
  .max(MAXIMUM_NODES, `Must be 1 to ${String(MAXIMUM_NODES)}`);

const autoscaler = z
  .object({ enabled: z.boolean().default(true), min: nodeCount, max: nodeCount })
  .refine(({ min, max }) => min <= max, { path: ["min"], error: "Must not be greater than max" });

/** What can be changed of a pool. */
export const poolUpdate = z.object({
  count: nodeCount.optional(),
  label: z.string().optional(),
  tags: tags.optional(),
  labels: labels.optional(),
  taints: z.array(taint).optional(),
  autoscaler: autoscaler.nullish(),
});

/** A new pool. */
export const poolCreation = poolUpdate.extend({
  type: z.string().refine((type) => NODE_TYPES.has(type), {
    error: ({ input }) =>
      `type ${String(input)} is not valid for a node; valid types: ${[...NODE_TYPES].join(", ")}`,
  }),
  count: nodeCount,
  disk_encryption: z.enum(["enabled", "disabled"]).default("enabled"),
});

/** A new pool, checked and with its defaults. */
export type PoolCreation = z.output<typeof poolCreation>;

/** A change of a pool, checked; what is absent stays as it is. */
export type PoolUpdate = z.output<typeof poolUpdate>;

/** An address is the network of that address alone: the API answers nothing but networks. */
const ipv4 = z
  .string()
  .transform((address) => (address.includes("/") ? address : `${address}/32`))
  .pipe(z.cidrv4("Must be an IPv4 address or network in CIDR notation"));
const ipv6 = z
  .string()
  .transform((address) => (address.includes("/") ? address : `${address}/128`))
  .pipe(z.cidrv6("Must be an IPv6 address or network in CIDR notation"));

function acl(enabledBefore: boolean) {
  return z
    .object({
      enabled: z.boolean().optional(),
      addresses: z.object({ ipv4: z.array(ipv4).nullish(), ipv6: z.array(ipv6).nullish() }).nullish(),
    })
    .refine(
      ({ enabled, addresses }) =>
        (enabled ?? enabledBefore) || (addresses?.ipv4 ?? []).length + (addresses?.ipv6 ?? []).length === 0,
      { path: ["addresses"], error: "Addresses are not acceptable when ACL is disabled" },
    );
}

/** A change of the control plane's ACL, checked: addresses are networks; what is absent stays as it is. */
export type AclUpdate = z.output<ReturnType<typeof acl>>;

/** The body of a change of the control plane's ACL. */
export function aclUpdate(enabledBefore: boolean) {
  return z.object({ acl: acl(enabledBefore) });
}

function offeredVersion(versions: readonly string[], current?: string) {
  return z.string().refine((version) => version === current || versions.includes(version), {
    error: ({ input }) =>
      `k8s_version ${String(input)} is not offered; offered versions: ${versions.join(", ")}`,
  });
}

/** What a request is checked against. */
export interface ClusterRules {
  /** Minor versions of Kubernetes that can be had. */
  readonly versions: readonly string[];
  readonly isLabelTaken: (label: string) => boolean;
  /** Whether the request came by `/v4beta`, which alone knows `tier` and `apl_enabled`. */
  readonly beta: boolean;
}

/** A new cluster. */
export function clusterCreation({ versions, isLabelTaken, beta }: ClusterRules) {
  return z.object({
    label: uniqueLabel(isLabelTaken),
    region: z.string().refine((id) => KUBERNETES_REGIONS.has(id), {
      error: ({ input }) =>
        `region ${String(input)} is not valid or has no Kubernetes; valid regions: ${[...KUBERNETES_REGIONS].join(", ")}`,
    }),
    k8s_version: offeredVersion(versions),
    tags: tags.default([]),
    node_pools: z.array(poolCreation).min(1, "At least one node pool is required"),
    control_plane: z
      .object({ high_availability: z.boolean().nullish(), acl: acl(false).nullish() })
      .nullish(),
    tier: betaOnly(beta, "standard", "Only the standard tier is available to this account"),
    apl_enabled: betaOnly(beta, false, "App Platform is not available to this account"),
  });
}

function betaOnly<Value extends string | boolean>(beta: boolean, available: Value, unavailable: string) {
  return beta
    ? z.literal(available, { error: unavailable }).optional()
    : z.undefined({ error: "Only known to v4beta: set the provider's apiVersion" }).optional();
}

/** A change of a cluster. */
export function clusterUpdate(
  cluster: ClusterRecord,
  { versions, isLabelTaken }: Omit<ClusterRules, "beta">,
) {
  return z.object({
    label: uniqueLabel(isLabelTaken).optional(),
    k8s_version: offeredVersion(versions, cluster.kubernetesVersion)
      .refine((version) => !isOlder(version, cluster.kubernetesVersion), {
        error: `Kubernetes can't be downgraded from ${cluster.kubernetesVersion}`,
      })
      .optional(),
    tags: tags.optional(),
    control_plane: z
      .object({
        high_availability: z
          .boolean()
          .nullish()
          .refine((wanted) => !(cluster.highAvailability && wanted === false), {
            error: "High availability can't be disabled once it is enabled",
          }),
        acl: acl(cluster.acl.enabled).nullish(),
      })
      .nullish(),
  });
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}
