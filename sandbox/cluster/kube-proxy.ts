/** What differs between one kube-proxy and another. */
export interface KubeProxySpec {
  /** Name of its Node. */
  readonly node: string;
  /** Address of its machine. */
  readonly address: string;
  /** Path of its kubeconfig. */
  readonly kubeconfig: string;
  /** Clients in this range (CIDR) are pods to it. */
  readonly localRange: string;
}

/** Configuration of a kube-proxy. */
export function kubeProxyConfig(spec: KubeProxySpec): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    hostnameOverride: spec.node,
    bindAddress: spec.address,
    clientConnection: { kubeconfig: spec.kubeconfig },
    detectLocalMode: "ClusterCIDR",
    clusterCIDR: spec.localRange,
    nodePortAddresses: ["primary"],
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    // The kernel's connection table belongs to the whole host: its size is left as it is. Lowering its own OOM score
    // needs a capability that not every machine grants to root.
    conntrack: { maxPerCore: 0, min: 0 },
    oomScoreAdj: 0,
  };
}
