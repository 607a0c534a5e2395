/** Where the programs are that clusters are made of. */
export interface Toolbox {
  /**
   * Absolute path of a program, by its official name, such as `kubelet`.
   * @throws Error if the sandbox has no such program.
   */
  program(name: string): string;
}

/** Container images that clusters need before anybody deploys something, and where all images come from. */
export interface ImageSource {
  /** URL of the registry that stands in for every other one, such as `http://10.64.0.2:5000`. */
  readonly registry: string;
  /** Image of the container that holds a pod's namespaces, such as `registry.k8s.io/pause:3.10`. */
  readonly pause: string;
  /** Image of CoreDNS, such as `registry.k8s.io/coredns/coredns:v1.14.6`. */
  readonly coredns: string;
}
