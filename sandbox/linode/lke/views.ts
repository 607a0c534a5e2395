import type { ObservedCluster } from "../provisioner.ts";
import type { AclRecord, ClusterRecord, PoolRecord } from "./records.ts";

/** A cluster as the API answers it; `tier` and `apl_enabled` belong to v4beta. */
export function clusterAnswer(cluster: ClusterRecord, beta: boolean) {
  return {
    id: cluster.id,
    // LKE answers "ready" from the first moment on; clients learn from nodes and kubeconfig what there really is.
    status: "ready",
    created: cluster.created,
    updated: cluster.updated,
    label: cluster.label,
    region: cluster.region,
    k8s_version: cluster.kubernetesVersion,
    control_plane: { high_availability: cluster.highAvailability },
    tags: cluster.tags,
    locks: [],
    ...(beta ? { tier: "standard", apl_enabled: false } : {}),
  };
}

/** A pool as the API answers it. */
export function poolAnswer(pool: PoolRecord, { readyNodes }: Pick<ObservedCluster, "readyNodes">) {
  const count = pool.nodes.length;
  return {
    id: pool.id,
    type: pool.type,
    label: pool.label,
    count,
    nodes: pool.nodes.map((node) => nodeAnswer(node, readyNodes)),
    disks: [],
    autoscaler:
      pool.autoscaler === null
        ? { enabled: false, min: count, max: count }
        : { enabled: true, ...pool.autoscaler },
    labels: pool.labels,
    taints: pool.taints,
    tags: pool.tags,
    disk_encryption: pool.diskEncryption,
    locks: [],
  };
}

/** A node as the API answers it. */
export function nodeAnswer(node: PoolRecord["nodes"][number], readyNodes: ReadonlySet<string>) {
  return {
    id: node.id,
    instance_id: node.instanceId,
    status: readyNodes.has(node.id) ? "ready" : "not_ready",
  };
}

/** An ACL as the API answers it. */
export function aclAnswer(acl: AclRecord) {
  return {
    acl: {
      enabled: acl.enabled,
      "revision-id": acl.revisionId,
      addresses: { ipv4: acl.ipv4, ipv6: acl.ipv6 },
    },
  };
}
