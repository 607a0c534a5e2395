import type { ClusterProvisioner, DesiredCluster, ObservedCluster } from "../../../linode/provisioner.ts";

/** Clusters that exist in this object only: they become whatever is asked for at once, or when the test allows it. */
export class MemoryClusters implements ClusterProvisioner {
  readonly kubernetesVersions: readonly string[] = ["1.36", "1.35"];
  capacity?: number;
  nodeCapacity?: number;
  /** Every state that was asked for and reached, in order. */
  readonly applied: DesiredCluster[] = [];
  readonly removed: number[] = [];
  readonly regenerated: number[] = [];
  /** Thrown by the next calls of `apply`, one each. */
  readonly applyErrors: Error[] = [];
  /** Thrown by the next calls of `remove`, one each. */
  readonly removeErrors: Error[] = [];
  /** Ids of nodes that are not Ready although they were asked for; "all" for every node. */
  unready: "all" | Set<string> = new Set();
  readonly #clusters = new Map<number, DesiredCluster>();
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  /** Lets calls of `apply` wait until `release`. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#gate = promise.then(() => undefined);
    this.#open = () => {
      resolve(undefined);
    };
  }

  release(): void {
    this.#open();
  }

  async apply(cluster: DesiredCluster): Promise<void> {
    await this.#gate;
    const error = this.applyErrors.shift();
    if (error !== undefined) {
      throw error;
    }
    this.applied.push(structuredClone(cluster));
    this.#clusters.set(cluster.id, cluster);
  }

  observe(clusterId: number): Promise<ObservedCluster> {
    const cluster = this.#clusters.get(clusterId);
    if (cluster === undefined) {
      return Promise.resolve({ readyNodes: new Set() });
    }
    const { unready } = this;
    const ready = cluster.nodes.map(({ id }) => id).filter((id) => unready !== "all" && !unready.has(id));
    return Promise.resolve({
      endpoint: `https://127.0.0.1:${String(20_000 + (clusterId % 10_000))}`,
      kubeconfig: `kubeconfig of ${String(clusterId)}`,
      readyNodes: new Set(ready),
    });
  }

  regenerateKubeconfig(clusterId: number): Promise<void> {
    this.regenerated.push(clusterId);
    return Promise.resolve();
  }

  remove(clusterId: number): Promise<void> {
    const error = this.removeErrors.shift();
    if (error !== undefined) {
      return Promise.reject(error);
    }
    this.#clusters.delete(clusterId);
    this.removed.push(clusterId);
    return Promise.resolve();
  }
}
