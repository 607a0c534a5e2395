import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { blockStorageProvisioner } from "../cluster/add-ons.ts";
import type { Manifest } from "../cluster/kubernetes-api.ts";

/** Annotation of a PersistentVolume with the driver that has to remove what is behind it. */
export const provisionedBy = "pv.kubernetes.io/provisioned-by";

/** Keeps a PersistentVolume until its data is removed; the name is Kubernetes' own. */
export const volumeFinalizer = "external-provisioner.volume.kubernetes.io/finalizer";

/** Smallest volume that Linode makes. */
const minimumGiB = 10;

const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimalSuffixes = ["", "k", "M", "G", "T", "P", "E"];

/**
 * Size of the volume that Linode makes for a request such as `5Gi`: whole GiB, at least 10.
 * @throws Error if the request is no quantity of Kubernetes.
 */
export function sizeGiB(request: string): number {
  const [, number = "", suffix = ""] = /^([0-9.]+(?:e[0-9]+)?)([a-zA-Z]*)$/i.exec(request) ?? [];
  const binary = binarySuffixes.indexOf(suffix);
  const decimal = decimalSuffixes.indexOf(suffix);
  if (number === "" || (binary < 0 && decimal < 0)) {
    throw new Error(`${request} is no size: write a whole number with a suffix, such as 10Gi.`);
  }
  const bytes = Number(number) * (binary >= 0 ? 1024 ** binary : 1000 ** decimal);
  return Math.max(minimumGiB, Math.ceil(bytes / 1024 ** 3));
}

/** Why block storage can't serve a claim; undefined if it can. */
export function unsupported(claim: V1PersistentVolumeClaim): string | undefined {
  const modes = claim.spec?.accessModes ?? [];
  const other = modes.find((mode) => mode !== "ReadWriteOnce" && mode !== "ReadWriteOncePod");
  if (other !== undefined) {
    return `Block storage volumes are attached to one node at a time: access mode ${other} is not possible, use ReadWriteOnce.`;
  }
  if (claim.spec?.volumeMode === "Block") {
    return "The sandbox's volumes are folders: volumeMode Block is not possible, use Filesystem.";
  }
  return undefined;
}

/** What refers to a claim in other objects. */
export function claimReference(claim: V1PersistentVolumeClaim): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    name: claim.metadata?.name,
    namespace: claim.metadata?.namespace,
    uid: claim.metadata?.uid,
  };
}

/**
 * The PersistentVolume of a claim. It is of the kind `local`, which treats `fsGroup` as block storage does (`hostPath`
 * ignores it), and is bound to its region, where every node sees the folder.
 */
export function persistentVolume(
  claim: V1PersistentVolumeClaim,
  storageClass: { readonly name: string; readonly reclaimPolicy: string },
  volume: { readonly id: number; readonly sizeGiB: number; readonly region: string },
): Manifest {
  const uid = claim.metadata?.uid;
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `pvc-${uid ?? ""}`,
      annotations: { [provisionedBy]: blockStorageProvisioner },
      ...(storageClass.reclaimPolicy === "Delete" ? { finalizers: [volumeFinalizer] } : {}),
    },
    spec: {
      capacity: { storage: `${String(volume.sizeGiB)}Gi` },
      accessModes: claim.spec?.accessModes,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
      storageClassName: storageClass.name,
      claimRef: claimReference(claim),
      local: { path: `/run/volumes/${String(volume.id)}/data` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            {
              matchExpressions: [
                { key: "topology.kubernetes.io/region", operator: "In", values: [volume.region] },
              ],
            },
          ],
        },
      },
    },
  };
}
