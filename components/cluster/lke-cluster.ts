import * as kubernetes from "@pulumi/kubernetes";
import * as linode from "@pulumi/linode";
import * as pulumi from "@pulumi/pulumi";

import { seconds } from "../../config/rules.ts";
import type { ClusterSettings, PoolSettings } from "../../config/settings.ts";
import { refuseIrreversibleChange } from "./irreversible-change.ts";
import { NodeReadiness } from "./node-readiness.ts";
import { refuseUnavailable, refuseUnavailablePool } from "./offer.ts";

/** Settings of an LKE cluster; each is explained in Pulumi.hub.yaml. They steer structure, so they are plain values. */
export type LkeClusterArgs = ClusterSettings;

/** Marks the pools that are resources of their own, so that the cluster resource leaves them alone. */
const separatePoolTag = "vault-federation-pool";

/**
 * A Kubernetes cluster on Linode LKE whose nodes are Ready. Creates, in this order: the cluster with its system pool,
 * one node pool for each further pool, a wait for all their nodes, and a Kubernetes provider for whatever comes onto it.
 */
export class LkeCluster extends pulumi.ComponentResource {
  /** LKE's id of the cluster. */
  readonly clusterId: pulumi.Output<string>;
  /** Addresses of the API server. */
  readonly endpoints: pulumi.Output<string[]>;
  /** Kubeconfig (YAML) of a cluster administrator: a secret, known when the nodes are Ready. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Provider for resources on this cluster; using it means to wait for the nodes. */
  readonly provider: kubernetes.Provider;
  /** The cluster itself, for what dies with it and need not be deleted by itself. */
  readonly resource: pulumi.Resource;

  constructor(name: string, args: LkeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:cluster:LkeCluster", name, args, opts);

    const unavailable = refuseUnavailable(`${name}-unavailable`, args.pools);
    const cluster = new linode.LkeCluster(
      name,
      {
        // Unique in the account. With the region in it, the cluster of another region can come up before this one goes.
        label: `${args.label}-${args.region}`,
        region: args.region,
        k8sVersion: args.kubernetesVersion,
        controlPlane: controlPlane(args),
        pools: [{ ...poolShape(args.systemPool), count: args.systemPool.count }],
        externalPoolTags: [separatePoolTag],
        tags: args.tags,
      },
      {
        parent: this,
        hooks: {
          beforeCreate: [unavailable],
          beforeUpdate: [refuseIrreversibleChange(`${name}-irreversible-change`), unavailable],
        },
      },
    );

    // Pools inside the cluster resource are told apart by their position: taking one away from the front would turn
    // every later one into another. Only the first is kept there, and the others are resources with names.
    const pools = Object.entries(args.pools).map(
      ([poolName, pool]) =>
        new linode.LkeNodePool(
          `${name}-${poolName}-pool`,
          {
            clusterId: cluster.id.apply(Number),
            ...poolShape(pool),
            nodeCount: pool.count,
            tags: [separatePoolTag, poolName],
          },
          {
            parent: this,
            // The protection of the cluster is not meant for a pool, which may come and go.
            protect: false,
            // A change of the plan is a creation.
            hooks: {
              beforeCreate: [refuseUnavailablePool(`${name}-${poolName}-pool-unavailable`, poolName)],
            },
          },
        ),
    );

    const readiness = new NodeReadiness(
      `${name}-readiness`,
      {
        kubeconfig: pulumi.secret(cluster.kubeconfig).apply(decodeBase64),
        expectedNodes: expectedNodes(args),
        pools: { system: args.systemPool, ...args.pools },
        kubernetesVersion: args.kubernetesVersion,
        timeoutSeconds: seconds(args.readyTimeout),
      },
      // Its nodes count as well, but nothing of a pool is an input here.
      { parent: this, dependsOn: pools },
    );

    this.provider = new kubernetes.Provider(
      `${name}-kubernetes`,
      {
        kubeconfig: readiness.kubeconfig,
        // A fresh kubeconfig of the same cluster must not replace everything on it; another cluster must.
        clusterIdentifier: cluster.id,
        // Otherwise a changed Secret or ConfigMap of a fixed name is deleted before it is created again.
        enableSecretMutable: true,
        enableConfigMapMutable: true,
      },
      { parent: this },
    );

    this.resource = cluster;
    this.clusterId = cluster.id;
    this.endpoints = cluster.apiEndpoints;
    this.kubeconfig = readiness.kubeconfig;
    this.registerOutputs({
      clusterId: this.clusterId,
      endpoints: this.endpoints,
      kubeconfig: this.kubeconfig,
    });
  }
}

/** Always says something about the access list: left out, the API would be told to disable it. */
function controlPlane({
  highAvailability,
  accessControl,
}: LkeClusterArgs): linode.types.input.LkeClusterControlPlane {
  return {
    highAvailability,
    acl:
      accessControl === undefined
        ? { enabled: false }
        : { enabled: true, addresses: [{ ipv4s: accessControl.ipv4, ipv6s: accessControl.ipv6 }] },
  };
}

/** What both kinds of pool have in common. Without a count, the autoscaler alone decides on the number of nodes. */
function poolShape(pool: PoolSettings): Pick<PoolSettings, "type" | "autoscaler" | "labels" | "taints"> {
  return { type: pool.type, autoscaler: pool.autoscaler, labels: pool.labels, taints: pool.taints };
}

/** The number of nodes that the pools have at least. */
export function expectedNodes({ systemPool, pools }: Pick<LkeClusterArgs, "systemPool" | "pools">): number {
  return [systemPool, ...Object.values(pools)]
    .map(({ count, autoscaler }) => count ?? autoscaler?.min ?? 0)
    .reduce((sum, count) => sum + count, 0);
}

function decodeBase64(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
