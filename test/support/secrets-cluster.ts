import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";

import { catalogue } from "../../components/federation/secret-catalogue.ts";
import { nameLabel, secretLabels } from "../../components/federation/secret-paths.ts";
import type { SecretPlan } from "../../components/federation/secret-plan.ts";
import { kubeconfigFor, listen } from "./kubernetes-api.ts";

/** A Kubernetes object, as far as the tests look at it. */
interface StoredObject {
  metadata: {
    name: string;
    labels?: Record<string, string>;
    resourceVersion?: string;
    annotations?: Record<string, string>;
    managedFields?: readonly object[];
  };
  type?: string;
  data?: Record<string, string>;
  status?: object;
}

/** What happens when the operator is made to look at an object: the status that it leaves. */
export type Operator = (kind: string, name: string, cluster: SecretsCluster) => object;

/** A loopback server in the place of a region's API server, with a catalogue, Secrets, and an operator that reacts. */
export class SecretsCluster {
  /** Everything that is kept, by `kind/name`. */
  readonly objects = new Map<string, StoredObject>();
  /** Requests that were not reads, as `METHOD kind/name`. */
  readonly changes: string[] = [];
  /** Reads of single objects, as `kind/name`. */
  readonly reads: string[] = [];
  /** Kubeconfig (YAML) that leads here. */
  kubeconfig = "";
  /** How often the next changes of a Secret meet somebody else's. */
  conflicts = 0;
  operator: Operator = () => synced(1);
  #version = 0;
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

  /** Starts with what a plan's update has made: a catalogue, pushes and registers. */
  async start(plan: SecretPlan): Promise<this> {
    this.kubeconfig = kubeconfigFor(await listen(this.#server));
    this.#put("configmaps", { metadata: { name: catalogue.name }, data: catalogue.data(plan) });
    for (const { pushes, register } of plan.secrets) {
      for (const { name } of [...pushes, ...(register === undefined ? [] : [register.push])]) {
        this.#put("pushsecrets", { metadata: { name }, status: failed("could not get source secret") });
      }
      if (register !== undefined) {
        this.#put("externalsecrets", { metadata: { name: register.name }, status: synced(0) });
      }
    }
    return this;
  }

  /** A Secret with values and annotations. */
  putSecret(
    name: string,
    values: Readonly<Record<string, string>>,
    annotations: Record<string, string> = {},
    type = "Opaque",
  ): void {
    const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
    this.#put("secrets", {
      metadata: {
        name,
        labels: secretLabels(name),
        annotations,
        managedFields: [{ time: "2026-01-02T03:04:05Z" }],
      },
      type,
      data: Object.fromEntries(data) as Record<string, string>,
    });
  }

  /** The values of a Secret. */
  values(name: string): Record<string, string> {
    const data = Object.entries(this.objects.get(`secrets/${name}`)?.data ?? {});
    return Object.fromEntries(
      data.map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
    );
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #put(kind: string, object: StoredObject): void {
    this.#version += 1;
    this.objects.set(`${kind}/${object.metadata.name}`, {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    });
  }

  async #answer(request: IncomingMessage): Promise<readonly [status: number, body: unknown]> {
    const { method = "", url = "" } = request;
    const [, kind = "", named] = /\/namespaces\/secret-sources\/([^/?]+)(?:\/([^/?]+))?/.exec(url) ?? [];
    const sent = method === "GET" ? undefined : ((await json(request)) as StoredObject);
    const name = named ?? sent?.metadata.name ?? "";
    if (url.includes(`labelSelector=${encodeURIComponent(nameLabel)}`)) {
      return [200, { items: this.#labelled(kind) }];
    }
    const kept = this.objects.get(`${kind}/${name}`);
    if (sent === undefined) {
      this.reads.push(`${kind}/${name}`);
      return kept === undefined ? [404, { message: `${kind} ${name} not found` }] : [200, kept];
    }
    if (method === "PATCH") {
      return kept === undefined
        ? [404, { message: `${kind} ${name} not found` }]
        : this.#touch(kind, name, kept);
    }
    if (this.conflicts > 0 || kept?.metadata.resourceVersion !== sent.metadata.resourceVersion) {
      this.conflicts -= 1;
      return [409, { message: "the object has been modified" }];
    }
    this.changes.push(`${method} ${kind}/${name}`);
    this.#put(kind, sent);
    return [200, this.objects.get(`${kind}/${name}`)];
  }

  #labelled(kind: string): StoredObject[] {
    return [...this.objects].flatMap(([place, object]) =>
      place.startsWith(`${kind}/`) && object.metadata.labels?.[nameLabel] !== undefined ? [object] : [],
    );
  }

  #touch(kind: string, name: string, kept: StoredObject): readonly [number, unknown] {
    this.changes.push(`PATCH ${kind}/${name}`);
    const touched = { ...kept, status: this.operator(kind, name, this) };
    this.#put(kind, touched);
    return [200, touched];
  }
}

/** Annotations of a result, or a home's value, of some revision. */
export function revisionOf(revision: number, writer?: string): Record<string, string> {
  return {
    "vault-federation/revision": String(revision),
    ...(writer === undefined ? {} : { "vault-federation/writer": writer }),
  };
}

/** The status of an object that the operator has dealt with, for the given time. */
export function synced(version: number): object {
  return {
    syncedResourceVersion: `1-${version}`,
    refreshTime: "2026-01-02T03:05:00Z",
    syncedPushSecrets: { "ClusterSecretStore/vault-local": {} },
    conditions: [{ type: "Ready", status: "True" }],
  };
}

/** The status of an object that the operator can't deal with. */
export function failed(message: string): object {
  return { conditions: [{ type: "Ready", status: "False", message }] };
}
