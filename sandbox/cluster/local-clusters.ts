import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LoadBalancers } from "../cloud/load-balancers.ts";
import type { Reconciler } from "../cloud/reconciler.ts";
import { Volumes } from "../cloud/volumes.ts";
import type { Infrastructure, NodeBalancer, Volume } from "../linode/infrastructure.ts";
import type { ClusterProvisioner, DesiredCluster, ObservedCluster } from "../linode/provisioner.ts";
import { maximumClusters, maximumNodes } from "../network/addresses.ts";
import { hasNetwork, Network, removeNetwork } from "../network/network.ts";
import { Queue } from "../network/queue.ts";
import type { StateFolder } from "../state/folder.ts";
import { sandboxId, sandboxName } from "../state/identity.ts";
import { chooseIndex, readRecords, writeRecord } from "./cluster-record.ts";
import type { SandboxContext } from "./context.ts";
import { ensureInotifyInstances } from "./inotify.ts";
import { kubernetesVersion, LocalCluster } from "./local-cluster.ts";
import { nodeName } from "./local-node.ts";
import { stopAllMachines } from "./machine/machine.ts";
import { findMachines } from "./machine/processes.ts";

/** Milliseconds between two looks at whether all machines run. */
const supervisionMilliseconds = 2000;

/** Longest time between two attempts to bring a cluster back, in milliseconds. */
const maximumBackOffMilliseconds = 60_000;

interface ManagedCluster {
  readonly cluster: LocalCluster;
  readonly queue: Queue;
  /** Whether the last apply has not succeeded, or not yet. */
  isIncomplete: boolean;
  controllers: readonly Reconciler[];
}

/**
 * All clusters of a sandbox, with the controllers that stand for the cloud's. Machines outlive this object: another one
 * over the same state folder adopts them.
 */
export class LocalClusters implements ClusterProvisioner, Infrastructure {
  readonly kubernetesVersions = [kubernetesVersion.replace(/^v(\d+\.\d+)\..*$/, "$1")];
  readonly capacity = maximumClusters;
  readonly nodeCapacity = maximumNodes;
  readonly #context: SandboxContext;
  readonly #loadBalancers: LoadBalancers;
  readonly #volumes: Volumes;
  readonly #clusters = new Map<number, ManagedCluster>();
  // Clusters that are created at the same time would choose the same place in the address plan.
  readonly #stop = new AbortController();
  #supervision: Promise<void> | undefined;

  constructor(context: Omit<SandboxContext, "network">) {
    const network = new Network(context.identity);
    this.#context = { ...context, network };
    this.#loadBalancers = new LoadBalancers(network.plan, context.folder.loadBalancers, context.report);
    this.#volumes = new Volumes(context.folder.volumes, context.report);
  }

  /**
   * Adopts the clusters in the state folder, makes the network, and from then on brings back what dies, until
   * {@link stop}. Clusters that don't run are brought back in the background.
   */
  async start(): Promise<void> {
    for (const record of (await readRecords(this.#context.folder.clusters)).values()) {
      this.#manage(new LocalCluster(this.#context, record));
    }
    await this.#context.network.ensure();
    for (const { cluster } of this.#clusters.values()) {
      const adopting = cluster.isBeingRemoved ? this.remove(cluster.id) : this.apply(cluster.desired);
      void adopting.catch((error: unknown) => {
        this.#context.report(`Cluster ${String(cluster.id)} could not be brought back: ${String(error)}`);
      });
    }
    this.#supervision = this.#supervise();
  }

  /** Ends supervision and controllers; the clusters go on running. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#supervision;
    await Promise.all([...this.#clusters.values()].map((managed) => stopControllers(managed)));
  }

  async apply(desired: DesiredCluster): Promise<void> {
    const managed = this.#ensureManaged(desired);
    await managed.queue.run(async () => {
      await this.#prepareFor(desired);
      managed.isIncomplete = true;
      await managed.cluster.apply(desired, () => {
        this.#startControllers(managed);
      });
      managed.isIncomplete = false;
    });
  }

  async observe(clusterId: number): Promise<ObservedCluster> {
    return (await this.#clusters.get(clusterId)?.cluster.observe()) ?? { readyNodes: new Set() };
  }

  async regenerateKubeconfig(clusterId: number): Promise<void> {
    const managed = this.#clusters.get(clusterId);
    if (managed === undefined) {
      throw new Error(`There is no cluster ${String(clusterId)} whose kubeconfig could be replaced.`);
    }
    await managed.queue.run(() => managed.cluster.regenerateKubeconfig());
  }

  async remove(clusterId: number): Promise<void> {
    const managed = this.#clusters.get(clusterId);
    await managed?.queue.run(async () => {
      await stopControllers(managed);
      await managed.cluster.remove();
      this.#clusters.delete(clusterId);
    });
  }

  async nodeBalancers(): Promise<NodeBalancer[]> {
    return this.#loadBalancers.list();
  }

  async deleteNodeBalancer(id: number): Promise<void> {
    await this.#loadBalancers.remove(id);
    this.#trigger();
  }

  async volumes(): Promise<Volume[]> {
    return this.#volumes.list();
  }

  async deleteVolume(id: number): Promise<void> {
    await this.#volumes.remove(id);
    this.#trigger();
  }

  #ensureManaged(desired: DesiredCluster): ManagedCluster {
    const existing = this.#clusters.get(desired.id);
    if (existing !== undefined) {
      return existing;
    }
    const record = {
      index: chooseIndex([...this.#clusters.values()].map(({ cluster }) => cluster.index)),
      slots: {},
      desired,
    };
    writeRecord(this.#context.folder.clusters, record);
    return this.#manage(new LocalCluster(this.#context, record));
  }

  /** Clusters that start at the same time each see what is running, so that the nodes of all of them are counted. */
  async #prepareFor(desired: DesiredCluster): Promise<void> {
    const running = await this.#runningMachines();
    const others = [...this.#clusters.values()].filter(({ cluster }) => cluster.id !== desired.id);
    const nodes = [desired, ...others.map(({ cluster }) => cluster.desired)].flatMap((cluster) =>
      cluster.nodes.filter((node) => !running.has(nodeName(cluster.id, node.id))),
    );
    if (nodes.length > 0) {
      await ensureInotifyInstances(nodes.length, this.#context.report);
    }
  }

  async #runningMachines(): Promise<ReadonlySet<string>> {
    return new Set(
      (await findMachines(sandboxName(this.#context.identity.id))).map(({ machine }) => machine),
    );
  }

  #manage(cluster: LocalCluster): ManagedCluster {
    const managed: ManagedCluster = { cluster, queue: new Queue(), isIncomplete: true, controllers: [] };
    this.#clusters.set(cluster.id, managed);
    return managed;
  }

  #startControllers(managed: ManagedCluster): void {
    const { id, index, desired, api } = managed.cluster;
    if (managed.controllers.length > 0 || api === undefined || this.#stop.signal.aborted) {
      return;
    }
    const cluster = { id, index, region: desired.region, api };
    managed.controllers = [this.#loadBalancers.controller(cluster), this.#volumes.controller(cluster)];
    managed.controllers.forEach((controller) => {
      controller.start();
    });
  }

  #trigger(): void {
    for (const { controllers } of this.#clusters.values()) {
      controllers.forEach((controller) => {
        controller.trigger();
      });
    }
  }

  /**
   * Applies a cluster again when a machine of it has died or the last attempt failed; one that keeps failing waits
   * longer each time.
   */
  async #supervise(): Promise<void> {
    const attempts = new Map<number, { failures: number; notBefore: number }>();
    for (;;) {
      try {
        await delay(supervisionMilliseconds, undefined, { signal: this.#stop.signal });
      } catch {
        return;
      }
      const running = await this.#runningMachines();
      for (const [id, { cluster, queue, isIncomplete }] of this.#clusters) {
        const { failures, notBefore } = attempts.get(id) ?? { failures: 0, notBefore: 0 };
        const dead = cluster.machines.filter((machine) => !running.has(machine));
        if (dead.length === 0 && !isIncomplete) {
          attempts.delete(id);
        } else if (!queue.isBusy && !cluster.isBeingRemoved && Date.now() >= notBefore) {
          const wait = Math.min(supervisionMilliseconds * 2 ** failures, maximumBackOffMilliseconds);
          attempts.set(id, { failures: failures + 1, notBefore: Date.now() + wait });
          if (dead.length > 0) {
            this.#context.report(`${dead.join(", ")} died; starting again`);
          }
          void this.apply(cluster.desired).catch((error: unknown) => {
            this.#context.report(
              `Cluster ${String(id)} could not be brought back, trying again: ${String(error)}`,
            );
          });
        }
      }
    }
  }
}

async function stopControllers(managed: ManagedCluster): Promise<void> {
  const { controllers } = managed;
  managed.controllers = [];
  await Promise.all(controllers.map((controller) => controller.stop()));
}

/**
 * Removes everything that a sandbox made on this machine for its clusters, known or not: what {@link stopClusters} does,
 * and the files in its state folder.
 */
export async function removeClusters(folder: StateFolder): Promise<void> {
  await stopClusters(folder);
  const logs = await readdir(folder.logs).catch((): string[] => []);
  const machineLogs = logs.filter((name) => name.startsWith("lke")).map((name) => join(folder.logs, name));
  for (const path of [folder.clusters, folder.volumes, folder.loadBalancers, ...machineLogs]) {
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * Ends everything of a sandbox's clusters that runs, known or not: processes, namespaces, interfaces, routes, control
 * groups. What is already gone is no error, nor is a state folder of which only the path is left. No LocalClusters over the
 * same folder may be at work.
 */
export async function stopClusters(folder: StateFolder): Promise<void> {
  const id = await sandboxId(folder);
  await stopAllMachines(sandboxName(id));
  await removeNetwork(id);
}

/** Whether anything of a sandbox's clusters runs on this machine; its state folder need not exist. */
export async function hasClusterTraces(folder: StateFolder): Promise<boolean> {
  const id = await sandboxId(folder);
  return (await findMachines(sandboxName(id))).length > 0 || (await hasNetwork(id));
}
