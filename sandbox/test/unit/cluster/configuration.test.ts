import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { basicAddOns } from "../../../cluster/add-ons.ts";
import { controlPlaneMachine } from "../../../cluster/control-plane.ts";
import { inotifyLimit } from "../../../cluster/inotify.ts";
import { kubeProxyConfig } from "../../../cluster/kube-proxy.ts";
import {
  cniConfig,
  containerdConfig,
  kubeletConfig,
  nodeMachine,
  registryMirror,
} from "../../../cluster/node.ts";
import { kubeadmConfig } from "../../../cluster/pki.ts";

const tools = { program: (name: string): string => `/tools/${name}` };
const images = {
  registry: "http://10.64.0.2:5000",
  pause: "registry.k8s.io/pause:3.10",
  coredns: "coredns:1",
};
const node = {
  name: "lke1-50-1a",
  address: "10.64.0.17",
  nodePods: "10.64.65.0/24",
  clusterPods: "10.64.64.0/20",
  dns: "10.64.192.10",
  cgroup: "vfed-0a1b2c3d/lke1-50-1a",
  instanceId: 101,
  taints: [{ key: "dedicated", value: "vault", effect: "NoSchedule" }],
  kubeconfig: "kubelet's",
  kubeProxyKubeconfig: "kube-proxy's",
  authority: "CA",
} as const;

describe("a node's configuration", () => {
  it("takes the pause image, plugins, shim and registries from where the sandbox has them", () => {
    const config = containerdConfig(images, tools);
    for (const line of [
      'sandbox = "registry.k8s.io/pause:3.10"',
      'bin_dirs = ["/tools"]',
      'runtime_path = "/tools/containerd-shim-runc-v2"',
      'config_path = "/run/machine/registries"',
      "restrict_oom_score_adj = true",
    ]) {
      assert.ok(config.split("\n").includes(line), line);
    }
  });

  it("sends every pull to the sandbox's registry, and nowhere else", () => {
    assert.deepEqual(registryMirror(images.registry).match(/http[^"]*/g), [images.registry, images.registry]);
  });

  it("gives pods the addresses of the node's range", () => {
    const { plugins } = JSON.parse(cniConfig("10.64.65.0/24")) as {
      plugins: { ipam: { ranges: unknown } }[];
    };
    assert.deepEqual(plugins[0]?.ipam.ranges, [[{ subnet: "10.64.65.0/24" }]]);
  });

  it("ties the kubelet to its instance, taints, DNS and control group", () => {
    const { providerID, registerWithTaints, clusterDNS, cgroupRoot } = kubeletConfig(node) as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      { providerID, registerWithTaints, clusterDNS, cgroupRoot },
      {
        providerID: "linode://101",
        registerWithTaints: node.taints,
        clusterDNS: ["10.64.192.10"],
        cgroupRoot: "/vfed-0a1b2c3d/lke1-50-1a",
      },
    );
  });

  it("runs containerd, kubelet and kube-proxy, the kubelet after containerd", () => {
    const machine = nodeMachine(node, images, tools);
    assert.deepEqual(Object.keys(machine.services), ["containerd", "kubelet", "kube-proxy"]);
    assert.equal(machine.services.kubelet?.after, "/run/containerd/containerd.sock");
    assert.deepEqual(
      [machine.files["kubelet.conf"], machine.files["kube-proxy.conf"], machine.files["ca.crt"]],
      ["kubelet's", "kube-proxy's", "CA"],
    );
  });
});

describe("a control plane's configuration", () => {
  const machine = controlPlaneMachine(
    { name: "cp", address: "10.64.0.16", services: "10.64.192.0/21" },
    tools,
  );

  it("runs the control plane and the load balancers, and no kubelet", () => {
    assert.deepEqual(Object.keys(machine.services), [
      ...["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"],
    ]);
  });

  it("keeps etcd to itself and the API server off the load balancers' addresses", () => {
    const listening = Object.values(machine.services)
      .flatMap(({ args }) => args)
      .filter((arg) => /^--(listen|bind)/.test(arg));
    assert.deepEqual(listening.sort(), [
      "--bind-address=10.64.0.16",
      "--bind-address=127.0.0.1",
      "--bind-address=127.0.0.1",
      "--listen-client-urls=http://127.0.0.1:2379",
      "--listen-peer-urls=http://127.0.0.1:2380",
    ]);
  });

  it("replaces the rules of its load balancers as a whole", () => {
    const rules = machine.files["nodebalancer.nft"] ?? "";
    assert.match(rules, /^table ip nodebalancer\ndelete table ip nodebalancer\n/);
    assert.match(rules, /oifname eth0 ip saddr != 10\.64\.0\.16 masquerade/);
  });
});

it("lets kubeadm make certificates without asking the internet for a version", () => {
  const spec = {
    cluster: "lke1",
    apiServer: "10.64.0.16",
    services: "10.64.192.0/21",
    pods: "10.64.64.0/20",
    version: "v1.36.3",
  };
  const [init, cluster] = parseAllDocuments(kubeadmConfig(spec, "/pki", "lke1-50-1a")).map(
    (document) => document.toJS() as Record<string, unknown>,
  );
  assert.deepEqual(init?.nodeRegistration, { name: "lke1-50-1a" });
  assert.deepEqual(
    [cluster?.kubernetesVersion, cluster?.certificatesDir, cluster?.controlPlaneEndpoint],
    ["v1.36.3", "/pki", "10.64.0.16:6443"],
  );
});

it("leaves the host's connection table alone", () => {
  const config = kubeProxyConfig({
    node: "n",
    address: "10.64.0.17",
    kubeconfig: "/k",
    localRange: "10.64.64.0/20",
  });
  assert.deepEqual((config as { conntrack: object }).conntrack, { maxPerCore: 0, min: 0 });
});

it("has LKE's storage classes, of which the one that keeps data is the default", () => {
  const classes = basicAddOns()
    .filter(({ kind }) => kind === "StorageClass")
    .map(({ metadata, provisioner, reclaimPolicy }) => [
      metadata.name,
      provisioner,
      reclaimPolicy,
      metadata.annotations,
    ]);
  assert.deepEqual(classes, [
    ["linode-block-storage", "linodebs.csi.linode.com", "Delete", {}],
    [
      ...["linode-block-storage-retain", "linodebs.csi.linode.com", "Retain"],
      { "storageclass.kubernetes.io/is-default-class": "true" },
    ],
  ]);
});

for (const [description, present, inUse, nodes, expected] of [
  ["stays as it is where it is enough", 128, 0, 6, undefined],
  ["is raised when other programs use it", 128, 60, 6, 1024],
  ["is raised for more nodes", 128, 0, 7, 1024],
  ["grows with very many nodes", 128, 900, 8, 1052],
  ["is never lowered", 8192, 100, 6, undefined],
] as const) {
  it(`the limit of inotify instances ${description}`, () => {
    assert.equal(inotifyLimit(present, inUse, nodes), expected);
  });
}
