import {
  makeInformer,
  type Informer,
  type KubernetesListObject,
  type KubernetesObject,
  type ObjectCache,
} from "@kubernetes/client-node";
import type { KubernetesApi } from "../cluster/kubernetes-api.ts";
import { Queue } from "../network/queue.ts";

/** Milliseconds after which a failed pass, or a watch that broke off, is tried again. */
const retryMilliseconds = 1000;

/** All objects of a kind, kept up to date. */
export type Watched<T extends KubernetesObject> = Informer<T> & ObjectCache<T>;

/**
 * Watches all objects of a kind.
 * @param path Path of the list, such as `/api/v1/services`.
 * @param list Reads the list once.
 */
export function watchObjects<T extends KubernetesObject>(
  api: KubernetesApi,
  path: string,
  list: () => Promise<KubernetesListObject<T>>,
): Watched<T> {
  return makeInformer(api.config, path, list);
}

/**
 * Calls a function whenever a watched object changes, never twice at the same time, and again after it failed. The
 * function compares what is with what should be, so that it does not matter how many changes one call stands for.
 */
export class Reconciler {
  readonly #name: string;
  readonly #watches: readonly Pick<Watched<KubernetesObject>, "on" | "start" | "stop">[];
  readonly #reconcile: () => Promise<void>;
  readonly #report: (message: string) => void;
  readonly #queue = new Queue();
  readonly #timers = new Set<NodeJS.Timeout>();
  #pending = false;
  #stopped = false;

  /**
   * @param name What is reconciled, for messages: `load balancers of cluster 1000`.
   * @param report Is told why a pass failed.
   */
  constructor(
    name: string,
    watches: readonly Pick<Watched<KubernetesObject>, "on" | "start" | "stop">[],
    reconcile: () => Promise<void>,
    report: (message: string) => void,
  ) {
    this.#name = name;
    this.#watches = watches;
    this.#reconcile = reconcile;
    this.#report = report;
  }

  /** Starts the watches, and with the first objects the passes. */
  start(): void {
    for (const watch of this.#watches) {
      for (const verb of ["add", "update", "delete", "connect"] as const) {
        watch.on(verb as "change", () => {
          this.trigger();
        });
      }
      watch.on("error", () => {
        // The API server went away; the watch goes on from the state it finds then.
        this.#later(() => this.#watch(watch));
      });
      void this.#watch(watch);
    }
  }

  /** Ends the watches and waits for a pass that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.forEach(clearTimeout);
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    await this.#queue.run(() => Promise.resolve());
  }

  /** Asks for a pass. */
  trigger(): void {
    if (this.#pending || this.#stopped) {
      return;
    }
    this.#pending = true;
    void this.#queue.run(async () => {
      this.#pending = false;
      if (this.#stopped) {
        return;
      }
      try {
        await this.#reconcile();
      } catch (error) {
        this.#report(`The ${this.#name} could not be brought up to date, trying again: ${String(error)}`);
        this.#later(() => {
          this.trigger();
        });
      }
    });
  }

  async #watch(watch: Pick<Watched<KubernetesObject>, "start">): Promise<void> {
    try {
      await watch.start();
    } catch (error) {
      this.#report(`The ${this.#name} could not be watched, trying again: ${String(error)}`);
      this.#later(() => this.#watch(watch));
    }
  }

  #later(action: () => unknown): void {
    if (this.#stopped) {
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, retryMilliseconds);
    this.#timers.add(timer);
  }
}
