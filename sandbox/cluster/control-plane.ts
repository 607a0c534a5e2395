import { stringify } from "yaml";
import type { MachineSpec } from "./machine/machine.ts";
import type { Service } from "./machine/service.ts";
import { kubeProxyConfig } from "./kube-proxy.ts";
import type { Toolbox } from "./toolbox.ts";

/** What a control plane has to know. */
export interface ControlPlaneSpec {
  /** Name of the machine. */
  readonly name: string;
  /** Its address. */
  readonly address: string;
  /** Range of Service addresses, as CIDR. */
  readonly services: string;
}

const folder = "/run/machine";
const pki = `${folder}/pki`;
// More frequent garbage collections cost a little CPU and save a third of the memory of these mostly idle programs.
const frugal = { GOGC: "50" };

/**
 * The machine that runs a cluster's control plane. It is no node, as on LKE. Beside the control plane it runs a
 * kube-proxy that accepts connections to load balancer addresses: the cluster's NodeBalancers.
 */
export function controlPlaneMachine(spec: ControlPlaneSpec, tools: Toolbox): MachineSpec {
  return {
    services: {
      etcd: etcd(spec, tools),
      "kube-apiserver": apiServer(spec, tools),
      "kube-controller-manager": controllerManager(spec, tools),
      "kube-scheduler": scheduler(tools),
      "kube-proxy": {
        program: tools.program("kube-proxy"),
        args: [`--config=${folder}/kube-proxy.yaml`],
        environment: frugal,
        prepare: ["nft", "-f", `${folder}/nodebalancer.nft`],
      },
    },
    files: {
      "kube-proxy.yaml": stringify(
        kubeProxyConfig({
          // No Node has this name. kube-proxy waits 30 s for one, then goes on without: until then only the addresses
          // of load balancers don't answer yet, and nothing in the cluster could have been deployed to answer there.
          node: spec.name,
          address: spec.address,
          kubeconfig: `${pki}/kube-proxy.conf`,
          // Here no endpoint is local. Treating every client as local makes Services with `externalTrafficPolicy:
          // Local` go to all endpoints, as a NodeBalancer does, which knows the nodes with endpoints.
          localRange: "0.0.0.0/0",
        }),
      ),
      "nodebalancer.nft": nodeBalancerRules(spec.address),
    },
  };
}

/** Connections leave a load balancer with its own address, as those of a NodeBalancer do, so that answers come back to it. */
function nodeBalancerRules(address: string): string {
  return [
    "table ip nodebalancer",
    "delete table ip nodebalancer",
    "table ip nodebalancer {",
    "  chain postrouting {",
    "    type nat hook postrouting priority srcnat + 10",
    `    oifname eth0 ip saddr != ${address} masquerade`,
    "  }",
    "}",
    "",
  ].join("\n");
}

function etcd(spec: ControlPlaneSpec, tools: Toolbox): Service {
  return {
    program: tools.program("etcd"),
    args: [
      `--name=${spec.name}`,
      `--data-dir=${folder}/etcd`,
      "--listen-client-urls=http://127.0.0.1:2379",
      "--advertise-client-urls=http://127.0.0.1:2379",
      "--listen-peer-urls=http://127.0.0.1:2380",
      "--initial-advertise-peer-urls=http://127.0.0.1:2380",
      `--initial-cluster=${spec.name}=http://127.0.0.1:2380`,
      "--log-level=warn",
    ],
    environment: frugal,
  };
}

function apiServer(spec: ControlPlaneSpec, tools: Toolbox): Service {
  return {
    program: tools.program("kube-apiserver"),
    args: [
      `--advertise-address=${spec.address}`,
      // Not on the load balancers' addresses, which the machine has as well.
      `--bind-address=${spec.address}`,
      "--secure-port=6443",
      "--allow-privileged=true",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      // Webhooks and aggregated APIs are reached at their pods; the machine needs no Service addresses for that.
      "--enable-aggregator-routing=true",
      "--etcd-servers=http://127.0.0.1:2379",
      `--service-cluster-ip-range=${spec.services}`,
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${pki}/sa.pub`,
      `--service-account-signing-key-file=${pki}/sa.key`,
      `--client-ca-file=${pki}/ca.crt`,
      `--tls-cert-file=${pki}/apiserver.crt`,
      `--tls-private-key-file=${pki}/apiserver.key`,
      `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
      `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
      "--kubelet-preferred-address-types=InternalIP",
      `--proxy-client-cert-file=${pki}/front-proxy-client.crt`,
      `--proxy-client-key-file=${pki}/front-proxy-client.key`,
      `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-username-headers=X-Remote-User",
      "--profiling=false",
    ],
    environment: frugal,
  };
}

function controllerManager(spec: ControlPlaneSpec, tools: Toolbox): Service {
  return {
    program: tools.program("kube-controller-manager"),
    args: [
      ...loneClient("controller-manager.conf"),
      `--client-ca-file=${pki}/ca.crt`,
      `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`,
      `--cluster-signing-cert-file=${pki}/ca.crt`,
      `--cluster-signing-key-file=${pki}/ca.key`,
      `--root-ca-file=${pki}/ca.crt`,
      `--service-account-private-key-file=${pki}/sa.key`,
      `--service-cluster-ip-range=${spec.services}`,
      "--use-service-account-credentials=true",
    ],
    environment: frugal,
  };
}

function scheduler(tools: Toolbox): Service {
  return {
    program: tools.program("kube-scheduler"),
    args: loneClient("scheduler.conf"),
    environment: frugal,
  };
}

/** Arguments of a program that works through the API server as its kubeconfig says. */
function loneClient(kubeconfigFile: string): readonly string[] {
  const kubeconfig = `${pki}/${kubeconfigFile}`;
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--bind-address=127.0.0.1",
    // There is only one; without an election it starts 15 s sooner after a crash, and writes nothing when idle.
    "--leader-elect=false",
    "--profiling=false",
  ];
}
