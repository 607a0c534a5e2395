import type { IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";

import { LoopbackStore } from "./loopback-store.ts";
import { Interruption } from "./interruption.ts";

/** A Secret as the API server keeps it. */
interface StoredSecret {
  metadata: { name: string; annotations?: Record<string, string>; resourceVersion?: string };
  data?: Record<string, string>;
}

/** A loopback server that keeps Secrets as an API server does, versions and conflicts included. */
export class SecretStore extends LoopbackStore {
  /** What is kept, by name. */
  readonly secrets = new Map<string, StoredSecret>();
  /** What kills the run that talks to the store. */
  interruption = new Interruption();
  #version = 0;

  protected override async answer(
    request: IncomingMessage,
  ): Promise<readonly [status: number, body: unknown]> {
    const { method = "", url = "" } = request;
    const name = /\/secrets\/([^/?]+)/.exec(url)?.[1];
    const sent = method === "GET" ? undefined : ((await json(request)) as StoredSecret);
    return this.interruption.pass(`${method} Secret ${name ?? sent?.metadata.name ?? ""}`, () =>
      this.#exchange(name, sent),
    );
  }

  #exchange(name: string | undefined, sent: StoredSecret | undefined): readonly [number, unknown] {
    const kept = this.secrets.get(name ?? sent?.metadata.name ?? "");
    if (sent === undefined) {
      return kept === undefined ? [404, { reason: "NotFound" }] : [200, kept];
    }
    const isStale = kept?.metadata.resourceVersion !== sent.metadata.resourceVersion;
    if (isStale || (kept === undefined) !== (name === undefined)) {
      return [409, { reason: "Conflict" }];
    }
    this.#version += 1;
    const fresh = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.#version) } };
    this.secrets.set(sent.metadata.name, fresh);
    return [200, fresh];
  }
}
