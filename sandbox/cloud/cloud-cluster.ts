import type { KubernetesApi } from "../cluster/kubernetes-api.ts";

/** A cluster as the cloud's controllers see it. */
export interface CloudCluster {
  /** LKE's id of the cluster. */
  readonly id: number;
  /** Its place in the address plan. */
  readonly index: number;
  /** Linode region. */
  readonly region: string;
  readonly api: KubernetesApi;
}
