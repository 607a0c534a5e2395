import { stringify } from "yaml";
import type { NodeTaint } from "../linode/provisioner.ts";
import type { MachineSpec } from "./machine/machine.ts";
import { kubeProxyConfig } from "./kube-proxy.ts";
import type { ImageSource, Toolbox } from "./toolbox.ts";

/** What a node has to know. */
export interface NodeSpec {
  /** Name of the machine and of the Node. */
  readonly name: string;
  /** Its address. */
  readonly address: string;
  /** Range of the addresses of its pods, as CIDR. */
  readonly nodePods: string;
  /** Range of the addresses of all pods of the cluster, as CIDR. */
  readonly clusterPods: string;
  /** Address of the cluster's DNS Service. */
  readonly dns: string;
  /** Root of the control groups of its pods. */
  readonly cgroup: string;
  /** Id of the Linode instance. */
  readonly instanceId: number;
  /** Taints to register with, so that no pod is scheduled before they are there. */
  readonly taints: readonly NodeTaint[];
  /** The kubelet's kubeconfig (YAML). */
  readonly kubeconfig: string;
  /** kube-proxy's kubeconfig (YAML). */
  readonly kubeProxyKubeconfig: string;
  /** The cluster's certificate authority (PEM). */
  readonly authority: string;
}

const folder = "/run/machine";
const socket = "/run/containerd/containerd.sock";
const frugal = { GOGC: "50" };

/** The machine that runs a node: containerd, kubelet and kube-proxy. */
export function nodeMachine(spec: NodeSpec, images: ImageSource, tools: Toolbox): MachineSpec {
  return {
    services: {
      containerd: {
        program: tools.program("containerd"),
        args: [`--config=${folder}/containerd.toml`],
        environment: frugal,
      },
      kubelet: {
        program: tools.program("kubelet"),
        args: [
          `--config=${folder}/kubelet.yaml`,
          `--kubeconfig=${folder}/kubelet.conf`,
          `--root-dir=${folder}/kubelet`,
          `--cert-dir=${folder}/kubelet/pki`,
          `--node-ip=${spec.address}`,
        ],
        environment: frugal,
        // The kubelet ends if nobody listens there.
        after: socket,
      },
      "kube-proxy": {
        program: tools.program("kube-proxy"),
        args: [`--config=${folder}/kube-proxy.yaml`],
        environment: frugal,
      },
    },
    files: {
      "containerd.toml": containerdConfig(images, tools),
      "registries/_default/hosts.toml": registryMirror(images.registry),
      "cni/10-pods.conflist": cniConfig(spec.nodePods),
      "kubelet.yaml": stringify(kubeletConfig(spec)),
      "kubelet.conf": spec.kubeconfig,
      "kube-proxy.yaml": stringify(
        kubeProxyConfig({
          node: spec.name,
          address: spec.address,
          kubeconfig: `${folder}/kube-proxy.conf`,
          localRange: spec.clusterPods,
        }),
      ),
      "kube-proxy.conf": spec.kubeProxyKubeconfig,
      "ca.crt": spec.authority,
    },
  };
}

/** Configuration of a node's containerd (version 3). */
export function containerdConfig(images: ImageSource, tools: Toolbox): string {
  const plugins = tools.program("ptp").replace(/\/ptp$/, "");
  return `version = 3
root = "${folder}/containerd"
state = "/run/containerd"

[grpc]
address = "${socket}"

[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${images.pause}"

[plugins."io.containerd.cri.v1.images".registry]
config_path = "${folder}/registries"

[plugins."io.containerd.cri.v1.runtime"]
# A container may only lower its OOM score where root has CAP_SYS_RESOURCE; elsewhere no container would start.
restrict_oom_score_adj = true

[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["${plugins}"]
conf_dir = "${folder}/cni"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
runtime_path = "${tools.program("containerd-shim-runc-v2")}"
`;
}

/** Sends every request for an image to one registry, whatever registry the image's name says. */
export function registryMirror(registry: string): string {
  return `server = "${registry}"

[host."${registry}"]
capabilities = ["pull", "resolve"]
`;
}

/** Pod network of a node: a link of its own for each pod, routed by the node. */
export function cniConfig(nodePods: string): string {
  const config = {
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        // Not `bridge`: two pods on one bridge answer each other past kube-proxy's address translation unless the
        // host has loaded br_netfilter, which would change what its own bridges do.
        type: "ptp",
        ipam: {
          type: "host-local",
          // Forgotten with a restart of the machine, as are the pods that had the addresses.
          dataDir: "/run/cni",
          ranges: [[{ subnet: nodePods }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  };
  return JSON.stringify(config, undefined, 2);
}

/** Configuration of a node's kubelet. */
export function kubeletConfig(spec: NodeSpec): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${folder}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${socket}`,
    providerID: `linode://${String(spec.instanceId)}`,
    registerWithTaints: spec.taints,
    clusterDNS: [spec.dns],
    clusterDomain: "cluster.local",
    // The host's name servers can't be reached from pods.
    resolvConf: "",
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${spec.cgroup}`,
    failCgroupV1: false,
    // All nodes share this machine's memory, disk and processes: none of them may act as if it were alone.
    enforceNodeAllocatable: ["none"],
    evictionHard: {
      "memory.available": "0%",
      "nodefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.available": "0%",
      "imagefs.inodesFree": "0%",
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    failSwapOn: false,
    oomScoreAdj: 0,
    volumePluginDir: `${folder}/kubelet/volume-plugins`,
    healthzBindAddress: "127.0.0.1",
  };
}
