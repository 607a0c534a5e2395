import type { Properties } from "../../frame/values.ts";
import type { Settings } from "../settings.ts";
import { textAt } from "../api/fields.ts";
import { groupOf } from "../api/kubernetes-object.ts";

/** Fields of every object that can't be changed. */
const IDENTITY = ["metadata.name", "metadata.namespace"];

const CONTAINER_FIELDS = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];

const POD_FIELDS = [
  "affinity",
  "automountServiceAccountToken",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "nodeName",
  "nodeSelector",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "volumes",
  ...["containers[*]", "initContainers[*]"].flatMap((list) =>
    CONTAINER_FIELDS.map((field) => `${list}.${field}`),
  ),
];

/** Where a PersistentVolume may lie. */
const VOLUME_SOURCES = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "glusterfs",
  "hostPath",
  "iscsi",
  "local",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
];

/** Fields whose change needs a new object, by `group/Kind` (pulumi-kubernetes, provider/pkg/provider/forcenew.go). */
const FIXED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolume": VOLUME_SOURCES.map((source) => `spec.${source}`),
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/Pod": POD_FIELDS.map((field) => `spec.${field}`),
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

/**
 * Patterns of the paths whose change needs a new object, with the notation of the frame's `diffInputs`.
 * Secrets and ConfigMaps count as fixed unless the provider says otherwise, so that what uses them is rolled out anew.
 */
export function fieldsThatReplace(
  object: Properties,
  settings: Pick<Settings, "enableSecretMutable" | "enableConfigMapMutable">,
): readonly string[] {
  const key = `${groupOf(textAt(object, "apiVersion") ?? "")}/${textAt(object, "kind") ?? ""}`;
  const isImmutable = object.immutable === true;
  const contents: Readonly<Record<string, readonly string[]>> = {
    "/Secret": settings.enableSecretMutable && !isImmutable ? [] : ["data", "stringData"],
    "/ConfigMap": settings.enableConfigMapMutable && !isImmutable ? [] : ["binaryData", "data"],
  };
  return [...IDENTITY, ...(FIXED_FIELDS[key] ?? []), ...(contents[key] ?? [])];
}
