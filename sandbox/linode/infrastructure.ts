/** A load balancer that a cluster's cloud controller made. */
export interface NodeBalancer {
  readonly id: number;
  readonly label: string;
  readonly region: string;
  readonly ipv4: string;
  readonly tags: readonly string[];
  readonly created: Date;
}

/** A block storage volume that a cluster's storage driver made. */
export interface Volume {
  readonly id: number;
  readonly label: string;
  readonly region: string;
  readonly sizeGiB: number;
  /** Instance that the volume is attached to. */
  readonly linodeId?: number;
  readonly tags: readonly string[];
  readonly created: Date;
}

/**
 * What the controllers in the clusters made. Nobody asked the API for it, but the account has it, and as on LKE it stays
 * when the cluster is deleted.
 */
export interface Infrastructure {
  nodeBalancers(): Promise<readonly NodeBalancer[]>;
  /** Removes a load balancer; an unknown one is no error. */
  deleteNodeBalancer(id: number): Promise<void>;
  volumes(): Promise<readonly Volume[]>;
  /** Removes a volume with its data; an unknown one is no error. */
  deleteVolume(id: number): Promise<void>;
}
