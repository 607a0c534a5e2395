import { z } from "zod";

/**
 * A node as the API answers it, in the SDK's form. One that has no Linode yet has the number 0, as with the official
 * provider, whose client reads it into an `int` (LKENodePoolLinode in linodego's lke_node_pools.go).
 */
const node = z
  .object({ id: z.string(), instance_id: z.number().nullable(), status: z.string() })
  .transform(({ id, instance_id: instanceId, status }) => ({ id, instanceId: instanceId ?? 0, status }));

const taint = z.object({ effect: z.string(), key: z.string(), value: z.string() });

/** A pool as the API answers it, in the SDK's form; what only the enterprise tier has is empty elsewhere. */
export const poolAnswer = z
  .object({
    id: z.number(),
    type: z.string(),
    count: z.number(),
    nodes: z.array(node).nullable(),
    autoscaler: z.object({ enabled: z.boolean(), min: z.number(), max: z.number() }),
    labels: z.record(z.string(), z.string()).nullish(),
    taints: z.array(taint).nullish(),
    tags: z.array(z.string()).nullish(),
    disk_encryption: z.string().nullish(),
    k8s_version: z.string().nullish(),
    update_strategy: z.string().nullish(),
  })
  .transform((pool) => ({
    id: pool.id,
    type: pool.type,
    count: pool.count,
    nodes: pool.nodes ?? [],
    ...(pool.autoscaler.enabled
      ? { autoscaler: { min: pool.autoscaler.min, max: pool.autoscaler.max } }
      : {}),
    labels: pool.labels ?? {},
    taints: pool.taints ?? [],
    tags: pool.tags ?? [],
    diskEncryption: pool.disk_encryption ?? "",
    k8sVersion: pool.k8s_version ?? "",
    updateStrategy: pool.update_strategy ?? "",
  }));

/** A pool as the API has it. */
export type LivePool = z.output<typeof poolAnswer> & { readonly autoscaler?: { min: number; max: number } };

/** A cluster as the API answers it; `tier` and `apl_enabled` are v4beta's. */
export const clusterAnswer = z
  .object({
    id: z.number(),
    status: z.string(),
    created: z.string(),
    updated: z.string(),
    label: z.string(),
    region: z.string(),
    k8s_version: z.string(),
    tags: z.array(z.string()).nullish(),
    control_plane: z.object({ high_availability: z.boolean() }),
    tier: z.string().nullish(),
    apl_enabled: z.boolean().nullish(),
  })
  .transform((cluster) => ({
    id: cluster.id,
    created: cluster.created,
    updated: cluster.updated,
    highAvailability: cluster.control_plane.high_availability,
    outputs: {
      label: cluster.label,
      region: cluster.region,
      k8sVersion: cluster.k8s_version,
      tags: cluster.tags ?? [],
      status: cluster.status,
      tier: cluster.tier ?? "",
      aplEnabled: cluster.apl_enabled ?? false,
    },
  }));

/** The control plane's ACL as the API answers it, in the SDK's form. */
export const aclAnswer = z
  .object({
    acl: z.object({
      enabled: z.boolean(),
      addresses: z
        .object({ ipv4: z.array(z.string()).nullish(), ipv6: z.array(z.string()).nullish() })
        .nullish(),
    }),
  })
  .transform(({ acl }) => ({
    enabled: acl.enabled,
    addresses: [{ ipv4s: acl.addresses?.ipv4 ?? [], ipv6s: acl.addresses?.ipv6 ?? [] }],
  }));

/** A cluster's kubeconfig, in base64. */
export const kubeconfigAnswer = z.object({ kubeconfig: z.string() });

/** One address of a cluster's API server. */
export const endpointAnswer = z.object({ endpoint: z.string() });

/** Where a cluster's dashboard is. */
export const dashboardAnswer = z.object({ url: z.string() });

/** An event of the account. */
export const eventAnswer = z.object({
  action: z.string(),
  entity: z.object({ id: z.union([z.number(), z.string()]), type: z.string() }).nullable(),
});
