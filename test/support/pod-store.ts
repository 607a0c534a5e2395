import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";

import { LoopbackStore } from "./loopback-store.ts";

/** A server's pod, as far as its state matters. */
export interface StoredPod {
  readonly uid: string;
  /** Name of the specification that it was made from. */
  readonly revision: string;
  /** State of Vault's container, as Kubernetes has it. */
  readonly state: object;
}

/**
 * A loopback server that keeps the pods of one StatefulSet: one that is deleted is made anew from the present
 * specification, and runs.
 */
export class PodStore extends LoopbackStore {
  /** The pods, by name. */
  readonly pods: Map<string, StoredPod>;
  /** Names of the pods that were deleted, in order. */
  readonly deleted: string[] = [];
  /** Name of the StatefulSet's present specification. */
  revision = "new";
  /** Whether deleted pods take their time to end. */
  lingering = false;

  constructor(pods: Readonly<Record<string, StoredPod>>) {
    super();
    this.pods = new Map(Object.entries(pods));
  }

  protected override async answer(
    request: IncomingMessage,
  ): Promise<readonly [status: number, body: object]> {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    if (pathname.includes("/statefulsets/")) {
      return [200, { spec: { replicas: this.pods.size }, status: { updateRevision: this.revision } }];
    }
    const name = /\/pods\/([^/]+)$/.exec(pathname)?.[1] ?? "";
    const pod = this.pods.get(name);
    if (pod === undefined) {
      return [200, { items: [] }];
    }
    if (request.method === "DELETE") {
      const { preconditions } = (await json(request)) as { preconditions?: { uid: string } };
      if (preconditions?.uid !== pod.uid) {
        return [409, { message: "the precondition does not hold" }];
      }
      this.deleted.push(name);
      if (!this.lingering) {
        this.pods.set(name, { uid: `${pod.uid}'`, revision: this.revision, state: { running: {} } });
      }
    }
    const metadata = { name, uid: pod.uid, labels: { "controller-revision-hash": pod.revision } };
    return [200, { metadata, status: { containerStatuses: [{ name: "vault", state: pod.state }] } }];
  }
}
