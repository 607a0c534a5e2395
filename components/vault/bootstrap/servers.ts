import { AppsV1Api, CoreV1Api, type V1Pod } from "@kubernetes/client-node";

import { apiFailure } from "../../cluster/api-failure.ts";
import { kubeConfigFrom } from "../../cluster/kube-config.ts";
import { lookUntil } from "../../cluster/patience.ts";
import { PodTunnel } from "../api/pod-tunnel.ts";
import { VaultClient } from "../api/vault-client.ts";
import { vaultNames, vaultPorts } from "../vault-values.ts";
import { containerStatus, deletePod, isOutdated, standstill } from "./server-pods.ts";

const pollMilliseconds = 1_000;

/** Where the Vault servers of a region are. */
export interface ServersArgs {
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** Number of servers, `vault-0` onwards. */
  readonly replicas: number;
  /** CA certificates (PEM) that the servers' own descend from. */
  readonly caBundle: string;
}

/** Connections to every server of a region, each addressed as the pod it is. */
export class Servers {
  /** All servers, `vault-0` first. */
  readonly all: readonly VaultClient[];
  readonly #api: CoreV1Api;
  readonly #apps: AppsV1Api;
  readonly #namespace: string;

  constructor(args: ServersArgs) {
    const config = kubeConfigFrom(args.kubeconfig);
    this.#api = config.makeApiClient(CoreV1Api);
    this.#apps = config.makeApiClient(AppsV1Api);
    this.#namespace = args.namespace;
    this.all = Array.from({ length: args.replicas }, (_, index) => {
      const pod = `vault-${index}`;
      const tunnel = (port: number) =>
        new PodTunnel(config, { namespace: args.namespace, pod, port }, args.caBundle);
      return new VaultClient({
        name: pod,
        host: "vault",
        agent: tunnel(vaultPorts.api),
        metrics: { agent: tunnel(vaultPorts.metrics) },
      });
    });
  }

  /** The only server that is ever initialised. */
  get first(): VaultClient {
    const [first] = this.all;
    if (first === undefined) {
      throw new Error("a region has at least one Vault server");
    }
    return first;
  }

  /**
   * Waits until every server's container runs; whether it is sealed makes no difference. A pod that can't start is replaced
   * where its setting was changed since, as nobody else does that.
   * @throws Error when the time is up, with what holds each server back.
   */
  async waitUntilRunning(deadline: number): Promise<void> {
    const replaced = new Set<string>();
    await waitUntil(deadline, "the Vault servers do not run", async () => {
      const waiting = (await Promise.all(this.all.map(({ name }) => this.#waiting(name)))).flat();
      await this.#replaceOutdated(
        waiting.flatMap(({ pod }) => pod ?? []),
        replaced,
      );
      return waiting.map(({ reason }) => reason).join("; ");
    });
  }

  /** Lets go of all connections. */
  close(): void {
    for (const server of this.all) {
      server.close();
    }
  }

  /** What holds a server back, and its pod as far as there is one; nothing if it runs. */
  async #waiting(name: string): Promise<{ reason: string; pod?: V1Pod }[]> {
    const pod = await this.#api
      .readNamespacedPod({ name, namespace: this.#namespace })
      .catch((error: unknown) => apiFailure(error));
    if (typeof pod !== "object") {
      return [{ reason: `${name}: ${pod}` }];
    }
    if (containerStatus(pod)?.state?.running !== undefined) {
      return [];
    }
    const { sentence, word } = standstill(pod);
    const reason = sentence ?? (await this.#lastWarning(name)) ?? word ?? "not started";
    return [{ reason: `${name}: ${reason}`, pod }];
  }

  /** Deletes outdated pods among those that don't run, which therefore hold nothing unsealed; each once. */
  async #replaceOutdated(pods: readonly V1Pod[], replaced: Set<string>): Promise<void> {
    const namespace = this.#namespace;
    if (pods.length === 0) {
      return;
    }
    const set = await this.#apps
      .readNamespacedStatefulSet({ name: vaultNames.release, namespace })
      .catch(() => undefined);
    for (const pod of pods) {
      const uid = pod.metadata?.uid ?? "";
      if (set !== undefined && isOutdated(pod, set) && !replaced.has(uid)) {
        await deletePod(this.#api, namespace, pod);
        replaced.add(uid);
      }
    }
  }

  /** What else holds a pod back is said by events only: a Secret that is missing, a volume that can't be mounted. */
  async #lastWarning(name: string): Promise<string | undefined> {
    const events = await this.#api
      .listNamespacedEvent({
        namespace: this.#namespace,
        fieldSelector: `involvedObject.name=${name},type=Warning`,
      })
      .catch(() => undefined);
    return events?.items
      .toSorted((a, b) => (a.lastTimestamp?.getTime() ?? 0) - (b.lastTimestamp?.getTime() ?? 0))
      .at(-1)?.message;
  }
}

/**
 * Repeats a look until it finds nothing missing (an empty text).
 * @throws Error when the time is up, with what was missing last, and what to do then.
 */
export async function waitUntil(
  deadline: number,
  failure: string,
  look: () => Promise<string>,
  remedy = "Once that is mended, `pulumi up` goes on from here.",
): Promise<void> {
  let missing = "";
  for (;;) {
    missing = await lookUntil(deadline, look, missing).catch((error: unknown) =>
      error instanceof Error ? error.message : String(error),
    );
    if (missing === "") {
      return;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${failure}: ${missing}. ${remedy}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}
