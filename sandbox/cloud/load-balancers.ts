import {
  PatchStrategy,
  setHeaderOptions,
  type V1LoadBalancerIngress,
  type V1Service,
} from "@kubernetes/client-node";
import type { NodeBalancer } from "../linode/infrastructure.ts";
import { addressAt, cidr, rangeSize, type AddressPlan, type AddressRange } from "../network/addresses.ts";
import type { CloudCluster } from "./cloud-cluster.ts";
import { Reconciler, watchObjects } from "./reconciler.ts";
import { RecordStore, type CloudRecord } from "./record-store.ts";

/** Keeps a Service until its load balancer is removed; the name is Kubernetes' own. */
export const serviceFinalizer = "service.kubernetes.io/load-balancer-cleanup";

const annotation = "service.beta.kubernetes.io/linode-loadbalancer-";
const mergePatch = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

interface LoadBalancerRecord extends CloudRecord {
  /** Address that the cluster's control plane answers on. */
  readonly address: string;
}

/**
 * The load balancers of a sandbox: gives every Service of type LoadBalancer an address, as the cloud controller of LKE
 * does, and takes it back with the Service. The network routes all of a cluster's addresses to its control plane, whose
 * kube-proxy passes connections on to the Service's endpoints. What outlives its cluster stays listed.
 */
export class LoadBalancers {
  readonly #plan: AddressPlan;
  readonly #store: RecordStore<LoadBalancerRecord>;
  readonly #report: (message: string) => void;

  /** @param folder Where the records are kept. */
  constructor(plan: AddressPlan, folder: string, report: (message: string) => void) {
    this.#plan = plan;
    this.#store = new RecordStore(folder);
    this.#report = report;
  }

  /** All load balancers, as the API shows them. */
  async list(): Promise<NodeBalancer[]> {
    const records = await this.#store.list();
    return records.map(({ id, label, region, address, tags, created }) => ({
      ...{ id, label, region, ipv4: address, tags },
      created: new Date(created),
    }));
  }

  /** Removes a load balancer; its Service, if there is one, gets another. */
  async remove(id: number): Promise<void> {
    await this.#store.remove(id);
  }

  /** The controller of one cluster, not yet started. */
  controller(cluster: CloudCluster): Reconciler {
    const services = watchObjects<V1Service>(cluster.api, "/api/v1/services", () =>
      cluster.api.core.listServiceForAllNamespaces(),
    );
    return new Reconciler(
      `load balancers of cluster ${String(cluster.id)}`,
      [services],
      async () => {
        for (const service of services.list()) {
          await this.#reconcile(cluster, service);
        }
      },
      this.#report,
    );
  }

  async #reconcile(cluster: CloudCluster, service: V1Service): Promise<void> {
    const uid = service.metadata?.uid ?? "";
    const finalizers = service.metadata?.finalizers ?? [];
    const target = nameOf(service);
    if (needsLoadBalancer(service)) {
      if (!finalizers.includes(serviceFinalizer)) {
        await this.#setFinalizers(cluster, service, [...finalizers, serviceFinalizer]);
      }
      const record = await this.#store.findOrCreate(cluster.id, uid, (id, existing) =>
        newRecord(id, cluster, service, this.#freeAddress(cluster.index, existing)),
      );
      const ingress = [{ ip: record.address, hostname: hostname(record.address) }];
      if (!sameIngress(service.status?.loadBalancer?.ingress, ingress)) {
        await cluster.api.core.patchNamespacedServiceStatus(
          { ...target, body: { status: { loadBalancer: { ingress } } } },
          mergePatch,
        );
      }
    } else if (finalizers.includes(serviceFinalizer)) {
      const record = await this.#store.find(cluster.id, uid);
      if (record !== undefined && service.metadata?.annotations?.[`${annotation}preserve`] !== "true") {
        await this.#store.remove(record.id);
      }
      if (service.metadata?.deletionTimestamp === undefined) {
        await cluster.api.core.patchNamespacedServiceStatus(
          { ...target, body: { status: { loadBalancer: { ingress: null } } } },
          mergePatch,
        );
      }
      await this.#setFinalizers(
        cluster,
        service,
        finalizers.filter((finalizer) => finalizer !== serviceFinalizer),
      );
    }
  }

  async #setFinalizers(
    cluster: CloudCluster,
    service: V1Service,
    finalizers: readonly string[],
  ): Promise<void> {
    const uid = service.metadata?.uid;
    // The UID keeps the patch from a Service that was created again under the same name.
    await cluster.api.core.patchNamespacedService(
      { ...nameOf(service), body: { metadata: { uid, finalizers } } },
      mergePatch,
    );
  }

  #freeAddress(index: number, existing: readonly LoadBalancerRecord[]): string {
    return chooseAddress(
      this.#plan.loadBalancers(index),
      existing.map(({ address }) => address),
    );
  }
}

function nameOf(service: V1Service): { readonly name: string; readonly namespace: string } {
  return { name: service.metadata?.name ?? "", namespace: service.metadata?.namespace ?? "" };
}

/** Whether a Service is to have a load balancer of this cloud. */
export function needsLoadBalancer(service: V1Service): boolean {
  return (
    service.spec?.type === "LoadBalancer" &&
    service.spec.loadBalancerClass === undefined &&
    service.metadata?.deletionTimestamp === undefined
  );
}

/**
 * First free address of a range. Its first and last address are never given, as some software takes them for a network.
 * @throws Error if the range is used up.
 */
export function chooseAddress(range: AddressRange, taken: readonly string[]): string {
  for (let offset = 1; offset < rangeSize(range) - 1; offset++) {
    const address = addressAt(range.first, offset);
    if (!taken.includes(address)) {
      return address;
    }
  }
  throw new Error(
    `All load balancer addresses of ${cidr(range)} are in use. Delete Services of type LoadBalancer, or load balancers ` +
      "that deleted clusters left behind.",
  );
}

/** Name that Linode gives an address. */
export function hostname(address: string): string {
  return `${address.replaceAll(".", "-")}.ip.linodeusercontent.com`;
}

function newRecord(
  id: number,
  cluster: CloudCluster,
  service: V1Service,
  address: string,
): LoadBalancerRecord {
  const uid = service.metadata?.uid ?? "";
  const tags =
    service.metadata?.annotations?.[`${annotation}tags`]?.split(",").map((tag) => tag.trim()) ?? [];
  return {
    id,
    label: `ccm-${uid.replaceAll("-", "").slice(0, 12)}`,
    region: cluster.region,
    clusterId: cluster.id,
    owner: uid,
    tags: [`lke${String(cluster.id)}`, ...tags],
    created: new Date().toISOString(),
    address,
  };
}

function sameIngress(
  current: readonly V1LoadBalancerIngress[] | undefined,
  wanted: readonly Pick<V1LoadBalancerIngress, "ip" | "hostname">[],
): boolean {
  return (
    current?.length === wanted.length &&
    wanted.every(
      ({ ip, hostname: name }, place) => current[place]?.ip === ip && current[place]?.hostname === name,
    )
  );
}
