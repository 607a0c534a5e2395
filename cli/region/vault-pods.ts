import { setTimeout as sleep } from "node:timers/promises";

import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  type KubeConfig,
  type V1Pod,
  type V1StatefulSet,
} from "@kubernetes/client-node";

import { apiFailure } from "../../components/cluster/api-failure.ts";
import { lookUntil } from "../../components/cluster/patience.ts";
import {
  containerStatus,
  deletePod,
  isOutdated,
  standstill,
  vaultContainer,
} from "../../components/vault/bootstrap/server-pods.ts";
import { vaultNames } from "../../components/vault/vault-values.ts";
import { actionNeeded, unreachable } from "../failure.ts";
import type { ServerHost } from "../servers/roll.ts";

/** A server's pod, as far as it matters to operators. */
export interface ServerPod {
  readonly name: string;
  /** Whether Vault's container runs; sealed or not. */
  readonly running: boolean;
  /** What holds it back; empty if it runs. */
  readonly obstacle: string;
  readonly image: string;
  /** Whether it was made from an older specification than the StatefulSet's. */
  readonly outdated: boolean;
  readonly restarts: number;
}

const pollMilliseconds = 500;

/** The pods of a region's servers, and the StatefulSet that they come from. */
export class VaultPods implements ServerHost {
  readonly #core: CoreV1Api;
  readonly #apps: AppsV1Api;
  readonly #namespace: string;

  constructor(config: KubeConfig, namespace: string) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.#apps = config.makeApiClient(AppsV1Api);
    this.#namespace = namespace;
  }

  /** The StatefulSet of the servers. @throws Failure if there is none, or the cluster can't be reached. */
  async statefulSet(): Promise<V1StatefulSet> {
    try {
      return await this.#apps.readNamespacedStatefulSet({
        name: vaultNames.release,
        namespace: this.#namespace,
      });
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        throw actionNeeded(
          `the cluster has no Vault servers: there is no StatefulSet ${this.#namespace}/${vaultNames.release}. ` +
            "Run `pulumi up`, which installs them.",
        );
      }
      throw unreachable(
        `the StatefulSet ${this.#namespace}/${vaultNames.release} can't be read: ${apiFailure(error)}. See that this machine ` +
          "reaches the cluster; if its kubeconfig is outdated, `pulumi refresh --target '**linode:index/lkeCluster:LkeCluster::*'` renews it.",
        error,
      );
    }
  }

  /** All servers' pods, `vault-0` first; those that don't exist are there too. */
  async list(): Promise<ServerPod[]> {
    const set = await this.statefulSet();
    const names = Array.from(
      { length: set.spec?.replicas ?? 0 },
      (_, index) => `${vaultNames.release}-${index}`,
    );
    return Promise.all(names.map(async (name) => describePod(name, await this.#read(name), set)));
  }

  async outdated(): Promise<string[]> {
    return (await this.list()).filter((pod) => pod.outdated).map(({ name }) => name);
  }

  async stuck(): Promise<string[]> {
    return (await this.list()).filter((pod) => pod.outdated && !pod.running).map(({ name }) => name);
  }

  async restart(name: string, deadline: number): Promise<void> {
    const before = await this.#read(name);
    if (before !== undefined) {
      await deletePod(this.#core, this.#namespace, before);
    }
    for (;;) {
      const pod = await this.#read(name, deadline);
      const { running, obstacle } = describePod(name, pod, undefined);
      if (running && pod?.metadata?.uid !== before?.metadata?.uid) {
        return;
      }
      if (Date.now() >= deadline) {
        throw unreachable(
          `the new pod ${name} does not run: ${obstacle || "the old one is still ending"}. ` +
            "If a setting is wrong, mend it with `pulumi up`, and `vfed roll` replaces this pod, too. Otherwise, once it runs, run " +
            "`vfed unseal`, then `vfed roll` for the others.",
        );
      }
      await sleep(pollMilliseconds);
    }
  }

  async #read(name: string, deadline?: number): Promise<V1Pod | undefined> {
    try {
      const read = () => this.#core.readNamespacedPod({ name, namespace: this.#namespace });
      return await (deadline === undefined ? read() : lookUntil(deadline, read));
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return undefined;
      }
      throw unreachable(
        `pod ${this.#namespace}/${name} can't be read: ${apiFailure(error)}. Try again.`,
        error,
      );
    }
  }
}

/** Judges a pod, which is not there before its StatefulSet's controller has made it. */
export function describePod(name: string, pod: V1Pod | undefined, set: V1StatefulSet | undefined): ServerPod {
  const status = containerStatus(pod);
  const running = status?.state?.running !== undefined && pod?.metadata?.deletionTimestamp === undefined;
  return {
    name,
    running,
    obstacle: running ? "" : podObstacle(pod),
    image: imageOf(pod?.spec?.containers),
    outdated: set !== undefined && pod !== undefined && isOutdated(pod, set),
    restarts: status?.restartCount ?? 0,
  };
}

/** Image of Vault among a pod's containers; empty if there is none. */
export function imageOf(containers: readonly { name: string; image?: string }[] | undefined): string {
  return containers?.find((candidate) => candidate.name === vaultContainer)?.image ?? "";
}

function podObstacle(pod: V1Pod | undefined): string {
  if (pod === undefined) {
    return "there is no pod";
  }
  if (pod.metadata?.deletionTimestamp !== undefined) {
    return "it is ending";
  }
  const { sentence, word } = standstill(pod);
  return sentence ?? word ?? "it has not started";
}
