import type { Manifest } from "./kubernetes-api.ts";
import { adminServiceAccount, adminTokenSecret } from "./admin-kubeconfig.ts";

const namespace = "kube-system";
const rbac = "rbac.authorization.k8s.io";

/** Name of the driver that LKE's storage classes name. */
export const blockStorageProvisioner = "linodebs.csi.linode.com";

/** What every cluster has from the start, as on LKE: the administrator's account and storage classes. */
export function basicAddOns(): Manifest[] {
  return [...access(), ...storageClasses()];
}

/** The administrator's account of the kubeconfig that LKE hands out, and the API server's right to talk to kubelets. */
function access(): Manifest[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: adminServiceAccount, namespace } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: adminTokenSecret,
        namespace,
        annotations: { "kubernetes.io/service-account.name": adminServiceAccount },
      },
      type: "kubernetes.io/service-account-token",
    },
    clusterRoleBinding("lke-admin", "cluster-admin", [
      { kind: "ServiceAccount", name: adminServiceAccount, namespace },
    ]),
    clusterRoleBinding("kube-apiserver-kubelet-client", "system:kubelet-api-admin", [
      // The group that kubeadm puts its certificate in.
      { kind: "Group", apiGroup: rbac, name: "kubeadm:cluster-admins" },
      { kind: "User", apiGroup: rbac, name: "kube-apiserver-kubelet-client" },
    ]),
  ];
}

/** LKE's two classes; the one that keeps the data is the default. */
function storageClasses(): Manifest[] {
  return [
    storageClass("linode-block-storage", "Delete", {}),
    storageClass("linode-block-storage-retain", "Retain", {
      "storageclass.kubernetes.io/is-default-class": "true",
    }),
  ];
}

function storageClass(name: string, reclaimPolicy: string, annotations: Record<string, string>): Manifest {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations },
    provisioner: blockStorageProvisioner,
    reclaimPolicy,
    volumeBindingMode: "Immediate",
  };
}

/**
 * The cluster's DNS: two pods, on different nodes if there are two at that time.
 * @param address Address of the DNS Service.
 * @param image Image of CoreDNS.
 */
export function dnsAddOn(address: string, image: string): Manifest[] {
  const name = "coredns";
  const labels = { "k8s-app": "kube-dns" };
  const account: Manifest = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace },
  };
  const role: Manifest = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name: "system:coredns" },
    rules: [
      { apiGroups: [""], resources: ["services", "pods", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  };
  const config: Manifest = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data: { Corefile: corefile },
  };
  const deployment: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          dnsPolicy: "Default",
          tolerations: [{ key: "CriticalAddonsOnly", operator: "Exists" }],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [
            {
              name,
              image,
              args: ["-conf", "/etc/coredns/Corefile"],
              resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "170Mi" } },
              ports: [
                { name: "dns", containerPort: 53, protocol: "UDP" },
                { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
              ],
              readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
              livenessProbe: { httpGet: { path: "/health", port: 8080 }, failureThreshold: 5 },
              volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name } }],
        },
      },
    },
  };
  const service: Manifest = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace, labels },
    spec: {
      selector: labels,
      clusterIP: address,
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
      ],
    },
  };
  const binding = clusterRoleBinding("system:coredns", "system:coredns", [
    { kind: "ServiceAccount", name, namespace },
  ]);
  return [account, role, binding, config, deployment, service];
}

// No name server of the outside world can be reached from a pod: other names are refused at once instead of after a
// timeout. Each plugin has a line of its own; on one line, CoreDNS takes the options for further zones.
const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    cache 5
    reload
}
`;

function clusterRoleBinding(name: string, role: string, subjects: readonly object[]): Manifest {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects,
  };
}
