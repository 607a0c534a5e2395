import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { ClusterProvisioner } from "../provisioner.ts";
import { addEvent, type LinodeState, type LinodeStore } from "../state.ts";
import { type ClusterRecord, desiredCluster, newNode, nodesOf } from "./records.ts";

/** How long workers wait, in milliseconds. */
export interface WorkerPace {
  /** Between two looks at a node that is expected to become Ready. */
  readonly poll: number;
  /** Before the first repetition of what failed; doubled by each further failure. */
  readonly firstRetry: number;
  /** Before any repetition, at most. */
  readonly lastRetry: number;
}

/** What every worker works with. */
export interface WorkerTools {
  readonly store: LinodeStore;
  readonly provisioner: ClusterProvisioner;
  readonly log: Log;
  readonly pace: WorkerPace;
}

/** The longest time that a timer takes, about 25 days. */
const UNTIL_WOKEN = 2 ** 31 - 1;

/**
 * Brings one cluster to the state that the store has for it: again after each change of the store, after each failure,
 * and once at the start, as the machine may have been off. It ends when the cluster has been removed.
 */
export class ClusterWorker {
  readonly #clusterId: number;
  readonly #tools: WorkerTools;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  /** Counts the changes to be applied; a number, as there may be another while one is being applied. */
  #wanted = 1;
  #applied = 0;
  #failures = 0;
  #rest = new AbortController();

  /** @param onEnd Called when the cluster has been removed. */
  constructor(clusterId: number, tools: WorkerTools, onEnd: () => void) {
    this.#clusterId = clusterId;
    this.#tools = tools;
    this.#running = this.#run(onEnd);
  }

  /** Tells that the cluster has changed in the store. */
  wake(): void {
    this.#wanted += 1;
    this.#rest.abort();
  }

  /** Ends the work; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(onEnd: () => void): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#rest = new AbortController();
      const pause = await this.#attempt();
      if (pause === undefined) {
        onEnd();
        return;
      }
      const signal = AbortSignal.any([this.#rest.signal, this.#stop.signal]);
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Works once; resolves to the milliseconds until the next time, or to nothing if the cluster is gone. */
  async #attempt(): Promise<number | undefined> {
    const { log, pace } = this.#tools;
    try {
      const pause = await this.#work();
      this.#failures = 0;
      return pause;
    } catch (error) {
      const pause = Math.min(pace.firstRetry * 2 ** this.#failures, pace.lastRetry);
      this.#failures += 1;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        `cluster ${String(this.#clusterId)}: ${reason}; attempt ${String(this.#failures + 1)} in ${String(pause / 1000)} s`,
      );
      return pause;
    }
  }

  async #work(): Promise<number | undefined> {
    const { store, provisioner, pace } = this.#tools;
    const wanted = this.#wanted;
    const cluster = find(store.state, this.#clusterId);
    if (cluster === undefined) {
      return undefined;
    }
    if (cluster.deleting) {
      await provisioner.remove(cluster.id);
      store.change((state) => {
        forget(state, cluster.id);
      });
      return undefined;
    }
    if (this.#applied !== wanted) {
      await provisioner.apply(desiredCluster(cluster));
      this.#applied = wanted;
      if (cluster.departing.length > 0) {
        store.change((state) => {
          confirmDepartures(state, cluster);
        });
      }
    }
    if (cluster.recycling.length === 0) {
      return UNTIL_WOKEN;
    }
    const { readyNodes } = await provisioner.observe(cluster.id);
    const kept = nodesOf(cluster).filter(({ id }) => !cluster.recycling.includes(id));
    if (!kept.every(({ id }) => readyNodes.has(id))) {
      return pace.poll;
    }
    store.change((state) => {
      recycleNext(state, cluster.id);
    });
    this.wake();
    return 0;
  }
}

function find(state: LinodeState, clusterId: number): ClusterRecord | undefined {
  return state.clusters.find(({ id }) => id === clusterId);
}

function forget(state: LinodeState, clusterId: number): void {
  const cluster = find(state, clusterId);
  if (cluster === undefined) {
    return;
  }
  cluster.departing.push(...nodesOf(cluster));
  confirmDepartures(state, cluster);
  state.clusters = state.clusters.filter(({ id }) => id !== clusterId);
  addEvent(state, "lke_cluster_delete", { id: clusterId, type: "lkecluster", label: cluster.label });
}

/** Reports nodes as deleted that were on their way out when the cluster was last read: the provisioner has seen to them. */
function confirmDepartures(state: LinodeState, seen: ClusterRecord): void {
  const confirmed = new Set(seen.departing.map(({ id }) => id));
  for (const { id, instanceId } of seen.departing) {
    addEvent(state, "linode_delete", {
      id: instanceId,
      type: "linode",
      label: `lke${String(seen.id)}-${id}`,
    });
  }
  const cluster = find(state, seen.id);
  if (cluster !== undefined) {
    cluster.departing = cluster.departing.filter(({ id }) => !confirmed.has(id));
  }
}

/** Puts a new node in the place of the first one in line, the old one first: a pool never has more nodes than paid for. */
function recycleNext(state: LinodeState, clusterId: number): void {
  const cluster = find(state, clusterId);
  const nodeId = cluster?.recycling.shift();
  const pool = cluster?.pools.find(({ nodes }) => nodes.some(({ id }) => id === nodeId));
  const index = pool?.nodes.findIndex(({ id }) => id === nodeId);
  if (cluster === undefined || pool === undefined || index === undefined) {
    return;
  }
  cluster.departing.push(...pool.nodes.splice(index, 1, newNode(state, pool.id)));
}

/** The workers of all clusters. */
export class ClusterWorkers {
  readonly #tools: WorkerTools;
  readonly #workers = new Map<number, ClusterWorker>();

  /** Starts to work on every cluster in the store. */
  constructor(tools: WorkerTools) {
    this.#tools = tools;
    for (const { id } of tools.store.state.clusters) {
      this.wake(id);
    }
  }

  /** Tells that a cluster is new in the store, or has changed there. */
  wake(clusterId: number): void {
    const worker = this.#workers.get(clusterId);
    if (worker !== undefined) {
      worker.wake();
      return;
    }
    const ended = () => this.#workers.delete(clusterId);
    this.#workers.set(clusterId, new ClusterWorker(clusterId, this.#tools, ended));
  }

  /** Ends all work; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }
}
