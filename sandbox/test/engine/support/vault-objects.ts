import type { Properties } from "../../../plugins/frame/values.ts";

// What the official chart makes of the program's values. Source: the templates of vault-helm 0.32.

const identity = { "app.kubernetes.io/name": "vault", "app.kubernetes.io/instance": "vault" };
/** Labels by which the servers' pods are selected. */
export const selector = { ...identity, component: "server" };
const labels = { "helm.sh/chart": "vault-0.32.0", ...identity, "app.kubernetes.io/managed-by": "Helm" };
/** Metadata of an object of the release `vault` in the namespace `vault`. */
export const metadata = (name: string, further: Properties = {}): Properties => ({
  name,
  namespace: "vault",
  labels: { ...labels, ...further },
});
const subjects = [{ kind: "ServiceAccount", name: "vault", namespace: "vault" }];
const service = (
  name: string,
  { labels = {}, selects = {}, ...spec }: Record<string, Properties | string>,
): Properties => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata(name, labels as Properties),
  spec: {
    publishNotReadyAddresses: true,
    ports: [
      { name: "https", port: 8200, targetPort: 8200 },
      { name: "https-internal", port: 8201, targetPort: 8201 },
    ],
    selector: { ...selector, ...(selects as Properties) },
    ...spec,
  },
});

/** Everything but the stateful set and the configuration. */
export const surroundings: Record<string, Properties> = {
  "Service vault": service("vault", {}),
  "Service vault-internal": service("vault-internal", {
    labels: { "vault-internal": "true" },
    clusterIP: "None",
  }),
  "Service vault-active": service("vault-active", {
    labels: { "vault-active": "true" },
    selects: { "vault-active": "true" },
  }),
  "Service vault-standby": service("vault-standby", { selects: { "vault-active": "false" } }),
  "ServiceAccount vault": { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata("vault") },
  "ClusterRoleBinding vault-server-binding": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "vault-server-binding", labels },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects,
  },
  "Role vault-discovery-role": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: metadata("vault-discovery-role"),
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "watch", "list", "update", "patch"] }],
  },
  "RoleBinding vault-discovery-rolebinding": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: metadata("vault-discovery-rolebinding"),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "vault-discovery-role" },
    subjects,
  },
  "PodDisruptionBudget vault": {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata("vault"),
    spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
  },
};

const fromField = (name: string, fieldPath: string): Properties => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const claim = (name: string, storage: string): Properties => ({
  metadata: { name },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage } },
    storageClassName: "linode-block-storage-retain",
  },
});
const tlsMount = {
  name: "vault-server-tls",
  mountPath: "/vault/userconfig/vault-server-tls",
  readOnly: true,
};

/** The stateful set without its containers. */
export const statefulSet: Properties = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: metadata("vault"),
  spec: {
    serviceName: "vault-internal",
    podManagementPolicy: "Parallel",
    replicas: 3,
    updateStrategy: { type: "OnDelete" },
    selector: { matchLabels: selector },
    template: {
      metadata: { labels: { "helm.sh/chart": "vault-0.32.0", ...selector } },
      spec: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchLabels: selector }, topologyKey: "kubernetes.io/hostname" },
            ],
          },
        },
        terminationGracePeriodSeconds: 10,
        serviceAccountName: "vault",
        shareProcessNamespace: true,
        securityContext: { runAsNonRoot: true, runAsUser: 100, runAsGroup: 1000, fsGroup: 1000 },
        hostNetwork: false,
        volumes: [
          { name: "config", configMap: { name: "vault-config" } },
          { name: "home", emptyDir: {} },
          { name: "vault-server-tls", secret: { secretName: "vault-server-tls" } },
        ],
      },
    },
    volumeClaimTemplates: [claim("data", "10Gi"), claim("audit", "12Gi")],
  },
};

/** The container of Vault, without the script that starts it. */
export const vaultContainer: Properties = {
  name: "vault",
  image: "hashicorp/vault:1.21.0",
  imagePullPolicy: "IfNotPresent",
  command: ["/bin/sh", "-ec"],
  env: [
    fromField("HOST_IP", "status.hostIP"),
    fromField("POD_IP", "status.podIP"),
    fromField("VAULT_K8S_POD_NAME", "metadata.name"),
    fromField("VAULT_K8S_NAMESPACE", "metadata.namespace"),
    { name: "VAULT_ADDR", value: "https://127.0.0.1:8200" },
    { name: "VAULT_API_ADDR", value: "https://$(POD_IP):8200" },
    { name: "SKIP_CHOWN", value: "true" },
    { name: "SKIP_SETCAP", value: "true" },
    fromField("HOSTNAME", "metadata.name"),
    { name: "VAULT_CLUSTER_ADDR", value: "https://$(HOSTNAME).vault-internal:8201" },
    fromField("VAULT_RAFT_NODE_ID", "metadata.name"),
    { name: "HOME", value: "/home/vault" },
    { name: "VAULT_CACERT", value: "/vault/userconfig/vault-server-tls/ca.crt" },
  ],
  ports: [
    { name: "https", containerPort: 8200 },
    { name: "https-internal", containerPort: 8201 },
    { name: "https-rep", containerPort: 8202 },
  ],
  readinessProbe: {
    httpGet: { path: "/v1/sys/health?standbyok=true", port: 8200, scheme: "HTTPS" },
    failureThreshold: 2,
    initialDelaySeconds: 5,
    periodSeconds: 5,
    successThreshold: 1,
    timeoutSeconds: 3,
  },
  lifecycle: {
    preStop: { exec: { command: ["/bin/sh", "-c", "sleep 5 && kill -SIGTERM $(pidof vault)"] } },
  },
  securityContext: { allowPrivilegeEscalation: false },
  resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
  volumeMounts: [
    { name: "data", mountPath: "/vault/data" },
    { name: "audit", mountPath: "/vault/audit" },
    { name: "config", mountPath: "/vault/config" },
    { name: "home", mountPath: "/home/vault" },
    tlsMount,
  ],
};
