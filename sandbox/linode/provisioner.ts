/** A taint of a node pool, as LKE's API writes it. */
export interface NodeTaint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** One node of a pool. */
export interface DesiredNode {
  /** LKE's id of the node, `<pool id>-<hex>`; never used again after the node is gone. */
  readonly id: string;
  /** Id of the Linode instance behind the node. */
  readonly instanceId: number;
  /** Linode plan, such as `g6-standard-4`; becomes the label `node.kubernetes.io/instance-type`. */
  readonly type: string;
  /** Id of the pool that the node belongs to; becomes the label `lke.linode.com/pool-id`. */
  readonly poolId: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
}

/** What a cluster should look like. */
export interface DesiredCluster {
  /** LKE's id of the cluster. */
  readonly id: number;
  readonly label: string;
  /** Linode region, such as `us-ord`; becomes the label `topology.kubernetes.io/region`. */
  readonly region: string;
  /** Minor version of Kubernetes, such as `1.36`. */
  readonly kubernetesVersion: string;
  readonly nodes: readonly DesiredNode[];
}

/** What is known of a running cluster. Absent members are not available yet. */
export interface ObservedCluster {
  /** URL of the API server, reachable from this machine. */
  readonly endpoint?: string;
  /** Kubeconfig (YAML) of a cluster administrator, in the shape that LKE hands out: a static bearer token. */
  readonly kubeconfig?: string;
  /** Ids of the nodes that Kubernetes reports as Ready. */
  readonly readyNodes: ReadonlySet<string>;
}

/**
 * Brings clusters into being for the API emulator. Everything is idempotent, so that it can be repeated after a crash;
 * calls for one cluster may arrive while an earlier one is still running and must then be served in order.
 */
export interface ClusterProvisioner {
  /** Minor versions of Kubernetes that can be provisioned, newest first. */
  readonly kubernetesVersions: readonly string[];
  /** Clusters that can exist at the same time; any number when absent. */
  readonly capacity?: number;
  /** Nodes that one cluster can have; any number when absent. */
  readonly nodeCapacity?: number;
  /**
   * Makes the cluster match what is desired: starts it, adds and removes nodes. Nodes that disappear are drained of
   * nothing: their pods stop with them, as on LKE.
   * @throws Error if the cluster could not be brought to that state; a later call tries again.
   */
  apply(cluster: DesiredCluster): Promise<void>;
  /** Reports on a cluster; a cluster that was never applied has no endpoint, kubeconfig or nodes. */
  observe(clusterId: number): Promise<ObservedCluster>;
  /** Replaces the administrator's token; the old one is refused afterwards. */
  regenerateKubeconfig(clusterId: number): Promise<void>;
  /** Stops the cluster and removes everything of it; unknown clusters are no error. */
  remove(clusterId: number): Promise<void>;
}
