import {
  PatchStrategy,
  setHeaderOptions,
  StorageV1Api,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@kubernetes/client-node";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { blockStorageProvisioner } from "../cluster/add-ons.ts";
import { findObject, type Manifest } from "../cluster/kubernetes-api.ts";
import type { Volume } from "../linode/infrastructure.ts";
import type { CloudCluster } from "./cloud-cluster.ts";
import {
  claimReference,
  persistentVolume,
  provisionedBy,
  sizeGiB,
  unsupported,
  volumeFinalizer,
} from "./persistent-volume.ts";
import { Reconciler, watchObjects } from "./reconciler.ts";
import { RecordStore, type CloudRecord } from "./record-store.ts";

interface VolumeRecord extends CloudRecord {
  readonly sizeGiB: number;
}

/**
 * The block storage volumes of a sandbox: a folder for each, in place of LKE's storage driver. All nodes of a cluster see
 * the folder, so that the data follows a pod to any node. What outlives its cluster stays listed.
 */
export class Volumes {
  readonly #store: RecordStore<VolumeRecord>;
  readonly #report: (message: string) => void;

  /** @param folder The folder that machines see as /run/volumes. */
  constructor(folder: string, report: (message: string) => void) {
    this.#store = new RecordStore(folder);
    this.#report = report;
  }

  /** All volumes, as the API shows them. */
  async list(): Promise<Volume[]> {
    const records = await this.#store.list();
    return records.map((record) => {
      const { id, label, region, tags } = record;
      return { id, label, region, sizeGiB: record.sizeGiB, tags, created: new Date(record.created) };
    });
  }

  /** Removes a volume with its data. */
  async remove(id: number): Promise<void> {
    await this.#store.remove(id);
  }

  /** The controller of one cluster, not yet started. */
  controller(cluster: CloudCluster): Reconciler {
    const { core, config } = cluster.api;
    const storage = config.makeApiClient(StorageV1Api);
    const claims = watchObjects<V1PersistentVolumeClaim>(cluster.api, "/api/v1/persistentvolumeclaims", () =>
      core.listPersistentVolumeClaimForAllNamespaces(),
    );
    const volumes = watchObjects<V1PersistentVolume>(cluster.api, "/api/v1/persistentvolumes", () =>
      core.listPersistentVolume(),
    );
    const classes = watchObjects<V1StorageClass>(cluster.api, "/apis/storage.k8s.io/v1/storageclasses", () =>
      storage.listStorageClass(),
    );
    return new Reconciler(
      `volumes of cluster ${String(cluster.id)}`,
      [claims, volumes, classes],
      async () => {
        for (const claim of claims.list()) {
          const storageClass = classes.get(claim.spec?.storageClassName ?? "");
          if (isOurs(claim) && storageClass !== undefined) {
            await this.#provision(cluster, claim, storageClass);
          }
        }
        for (const volume of volumes.list()) {
          await this.#reclaim(cluster, volume);
        }
      },
      this.#report,
    );
  }

  async #provision(
    cluster: CloudCluster,
    claim: V1PersistentVolumeClaim,
    storageClass: V1StorageClass,
  ): Promise<void> {
    const reason = unsupported(claim);
    if (reason !== undefined) {
      await cluster.api.apply(refusal(claim, reason));
      return;
    }
    const uid = claim.metadata?.uid ?? "";
    const record = await this.#store.findOrCreate(cluster.id, uid, (id) => ({
      id,
      label: `pvc${uid.replaceAll("-", "").slice(0, 20)}`,
      region: cluster.region,
      clusterId: cluster.id,
      owner: uid,
      tags: [`lke${String(cluster.id)}`],
      created: new Date().toISOString(),
      sizeGiB: sizeGiB(claim.spec?.resources?.requests?.storage ?? "0"),
    }));
    const data = join(this.#store.folder(record.id), "data");
    await makeDataFolder(data);
    const name = storageClass.metadata?.name ?? "";
    const reclaimPolicy = storageClass.reclaimPolicy ?? "Delete";
    await cluster.api.apply(persistentVolume(claim, { name, reclaimPolicy }, record));
  }

  /** Does what a volume's reclaim policy says once its claim is gone. */
  async #reclaim(cluster: CloudCluster, volume: V1PersistentVolume): Promise<void> {
    const name = volume.metadata?.name ?? "";
    const finalizers = volume.metadata?.finalizers ?? [];
    const isReleased = volume.status?.phase === "Released" || volume.status?.phase === "Failed";
    if (
      volume.metadata?.annotations?.[provisionedBy] !== blockStorageProvisioner ||
      volume.spec?.persistentVolumeReclaimPolicy !== "Delete" ||
      !isReleased
    ) {
      return;
    }
    const record = await this.#store.find(cluster.id, volume.spec.claimRef?.uid ?? "");
    if (record !== undefined) {
      await this.#store.remove(record.id);
    }
    await findObject(cluster.api.core.deletePersistentVolume({ name }));
    if (finalizers.includes(volumeFinalizer)) {
      const body = {
        metadata: { finalizers: finalizers.filter((finalizer) => finalizer !== volumeFinalizer) },
      };
      const asMergePatch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
      await findObject(cluster.api.core.patchPersistentVolume({ name, body }, asMergePatch));
    }
  }
}

/**
 * Makes a volume's folder, unless it is there already: the claim may have been bound since it was read, and the kubelet has
 * given the folder to a pod's group.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) {
    await chmod(folder, 0o755);
  }
}

/** Whether Kubernetes asks this driver to make a volume for a claim. */
function isOurs(claim: V1PersistentVolumeClaim): boolean {
  return (
    claim.metadata?.annotations?.["volume.kubernetes.io/storage-provisioner"] === blockStorageProvisioner &&
    claim.status?.phase === "Pending" &&
    claim.metadata.deletionTimestamp === undefined
  );
}

/** The event by which a claim's owner learns why it stays unbound. */
function refusal(claim: V1PersistentVolumeClaim, reason: string): Manifest {
  const name = claim.metadata?.name ?? "";
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.unsupported`, namespace: claim.metadata?.namespace },
    involvedObject: claimReference(claim),
    type: "Warning",
    reason: "ProvisioningFailed",
    message: reason,
    source: { component: blockStorageProvisioner },
    action: "Provision",
    reportingComponent: blockStorageProvisioner,
    reportingInstance: "sandbox",
  };
}
