import { setTimeout as delay } from "node:timers/promises";
import type { ApiServer } from "./api-server.ts";

/** The only node. */
const NODE = "node";

/** Container images that a stand-in for a node can't get. */
const BROKEN = "example.invalid/broken";

/**
 * Stands in for nodes: says of every pod that it runs and is ready, unless its image is `example.invalid/broken`, which
 * can't be pulled, and that the pods of Jobs have done their work.
 */
export class Kubelet {
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;

  constructor(server: ApiServer) {
    this.#done = this.#run(server);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #run(server: ApiServer): Promise<void> {
    const { signal } = this.#stopped;
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: NODE } };
    await server.client.send({ method: "POST", path: "/api/v1/nodes", body: node, signal });
    while (!signal.aborted) {
      try {
        for (const pod of await server.objects.list(
          { apiVersion: "v1", kind: "Pod", namespace: "default" },
          signal,
        )) {
          const { name = "", deletionTimestamp } = pod.metadata;
          const path = `/api/v1/namespaces/default/pods/${name}`;
          if (deletionTimestamp !== undefined) {
            const body = { gracePeriodSeconds: 0 };
            await server.client.send({ method: "DELETE", path, body, signal });
          } else if (pod.status === undefined || (pod.status as { phase?: string }).phase === "Pending") {
            // Endpoints are made of pods on nodes only.
            if ((pod.spec as { nodeName?: string }).nodeName === undefined) {
              const body = {
                apiVersion: "v1",
                kind: "Binding",
                metadata: { name },
                target: { kind: "Node", name: NODE },
              };
              await server.client.send({ method: "POST", path: `${path}/binding`, body, signal });
            }
            const contentType = "application/merge-patch+json";
            const isBroken = JSON.stringify(pod.spec).includes(BROKEN);
            const isJob = pod.metadata.ownerReferences?.[0]?.kind === "Job";
            const body = {
              status: isBroken ? BROKEN_STATUS : isJob ? { phase: "Succeeded" } : readyStatus(),
            };
            await server.client.send({ method: "PATCH", path: `${path}/status`, body, contentType, signal });
          }
        }
      } catch {
        // A pod may go at any moment; the next round sees the others.
      }
      await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }
}

const BROKEN_STATUS = {
  phase: "Pending",
  containerStatuses: [
    {
      name: "main",
      image: BROKEN,
      imageID: "",
      ready: false,
      restartCount: 0,
      state: {
        waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "example.invalid/broken"' },
      },
    },
  ],
};

function readyStatus() {
  const now = new Date().toISOString().replace(/\.\d+Z$/u, "Z");
  const conditions = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
    type,
    status: "True",
    lastTransitionTime: now,
  }));
  return { phase: "Running", podIP: "10.1.2.3", podIPs: [{ ip: "10.1.2.3" }], startTime: now, conditions };
}
