import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";

import { apiFailure } from "../../cluster/api-failure.ts";
import { PodTunnel } from "../api/pod-tunnel.ts";
import { VaultClient } from "../api/vault-client.ts";
import { vaultPorts } from "../vault-values.ts";

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
  readonly #namespace: string;

  constructor(args: ServersArgs) {
    const config = new KubeConfig();
    config.loadFromString(args.kubeconfig);
    this.#api = config.makeApiClient(CoreV1Api);
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
   * Waits until every server's container runs; whether it is sealed makes no difference.
   * @throws Error when the time is up, with what holds each server back.
   */
  async waitUntilRunning(deadline: number): Promise<void> {
    await waitUntil(deadline, "the Vault servers do not run", async () => {
      const missing = await Promise.all(this.all.map(({ name }) => this.#obstacle(name)));
      return missing.filter((reason) => reason !== undefined).join("; ");
    });
  }

  /** Lets go of all connections. */
  close(): void {
    for (const server of this.all) {
      server.close();
    }
  }

  async #obstacle(name: string): Promise<string | undefined> {
    const pod = await this.#api
      .readNamespacedPod({ name, namespace: this.#namespace })
      .catch((error: unknown) => apiFailure(error));
    if (typeof pod !== "object") {
      return `${name}: ${pod}`;
    }
    const container = pod.status?.containerStatuses?.find((status) => status.name === "vault");
    if (container?.state?.running !== undefined) {
      return undefined;
    }
    const waiting = container?.state?.waiting;
    const unscheduled = pod.status?.conditions?.find(
      ({ type, status }) => type === "PodScheduled" && status === "False",
    );
    const reason =
      waiting?.message ??
      unscheduled?.message ??
      (await this.#lastWarning(name)) ??
      waiting?.reason ??
      pod.status?.phase ??
      "not started";
    return `${name}: ${reason}`;
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
  for (;;) {
    const missing = await look().catch((error: unknown) =>
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
