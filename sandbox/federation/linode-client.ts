import { setTimeout as sleep } from "node:timers/promises";

/** A cluster, as the Linode API lists it. */
interface Cluster {
  readonly id: number;
  readonly label: string;
}

/** What a cluster's controllers made in the account. */
interface Remnant {
  readonly id: number;
  readonly tags: readonly string[];
}

interface NodePool {
  readonly id: number;
  /** Plan of its nodes. */
  readonly type: string;
  readonly tags: readonly string[];
  readonly nodes: readonly { readonly id: string; readonly status: string }[];
}

interface Answer {
  /** Whether the status is one of success. */
  readonly ok: boolean;
  readonly status: number;
  readonly text: string;
}

/** How nodes are waited for. */
export interface NodeWait {
  readonly signal?: AbortSignal;
  /** Hears what is waited for. */
  readonly report?: (line: string) => void;
  /** Milliseconds to wait; three minutes by default. */
  readonly patience?: number;
}

const pollMilliseconds = 500;

/** The Linode API refused a request, or could not serve it. */
class LinodeError extends Error {
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The few requests to the Linode API that the sandbox itself makes. */
export class LinodeClient {
  readonly #url: string;
  readonly #token: string;
  readonly #patience: number;

  /** Takes the API's address without a version, a token, and milliseconds to wait for each answer; a minute by default. */
  constructor(url: string, token: string, patience = 60_000) {
    this.#url = url;
    this.#token = token;
    this.#patience = patience;
  }

  /** All clusters of the account. */
  async clusters(): Promise<readonly Cluster[]> {
    return this.#list("/lke/clusters");
  }

  /** Makes a cluster with one pool, and answers its id at once: its nodes come later. */
  async createCluster(
    label: string,
    region: string,
    kubernetesVersion: string,
    nodes: number,
  ): Promise<number> {
    const pool = { type: "g6-standard-4", count: nodes };
    const body = { label, region, k8s_version: kubernetesVersion, node_pools: [pool] };
    return ((await this.#request("POST", "/lke/clusters", body)) as Cluster).id;
  }

  /** Kubeconfig (YAML) of a cluster whose nodes are ready, which Linode may have a little later than those. */
  async kubeconfig(id: number, patience = 60_000): Promise<string> {
    const deadline = Date.now() + patience;
    for (;;) {
      try {
        const { kubeconfig } = (await this.#request("GET", `/lke/clusters/${id}/kubeconfig`)) as {
          kubeconfig: string;
        };
        return Buffer.from(kubeconfig, "base64").toString();
      } catch (error) {
        if (!(error instanceof LinodeError) || error.status !== 503 || Date.now() >= deadline) {
          throw error;
        }
      }
      await sleep(pollMilliseconds);
    }
  }

  /**
   * Deletes a cluster and waits until it is gone. Its load balancers and volumes stay, as they do on Linode.
   * @throws Error if it is still there after `patience`, in milliseconds; two minutes by default.
   */
  async deleteCluster(id: number, patience = 120_000): Promise<void> {
    await this.#request("DELETE", `/lke/clusters/${id}`);
    const deadline = Date.now() + patience;
    while ((await this.clusters()).some((cluster) => cluster.id === id)) {
      if (Date.now() > deadline) {
        throw new Error(
          `cluster ${id} was still there ${patience / 1_000} s after it was deleted. ` +
            "logs/daemon.log in the state folder says why; `make sandbox-down` removes everything.",
        );
      }
      await sleep(pollMilliseconds);
    }
  }

  /** The node pools of a cluster. */
  async pools(clusterId: number): Promise<readonly NodePool[]> {
    return this.#list(`/lke/clusters/${clusterId}/pools`);
  }

  /** Deletes a node pool; its nodes go soon after. */
  async deletePool(clusterId: number, poolId: number): Promise<void> {
    await this.#request("DELETE", `/lke/clusters/${clusterId}/pools/${poolId}`);
  }

  /** Removes the load balancers and volumes that a cluster left behind when it was deleted, with all data. */
  async deleteLeftBehind(clusterId: number): Promise<void> {
    for (const kind of ["/nodebalancers", "/volumes"]) {
      const remnants = await this.#list<Remnant>(kind);
      for (const { id } of remnants.filter(({ tags }) => tags.includes(`lke${clusterId}`))) {
        await this.#request("DELETE", `${kind}/${id}`);
      }
    }
  }

  /** Ids of the nodes of all clusters that are not ready. */
  async nodesNotReady(): Promise<readonly string[]> {
    const pools = await Promise.all((await this.clusters()).map(({ id }) => this.pools(id)));
    return pools
      .flat()
      .flatMap(({ nodes }) => nodes)
      .filter(({ status }) => status !== "ready")
      .map(({ id }) => id);
  }

  /**
   * Waits until the nodes of all clusters are ready.
   * @throws Error with what `failure` says of those that are not when the time is up; the signal's reason if that is aborted.
   */
  async waitForNodes(
    failure: (missing: string) => string,
    { signal, report, patience = 180_000 }: NodeWait = {},
  ): Promise<void> {
    const deadline = Date.now() + patience;
    for (;;) {
      const missing = (await this.nodesNotReady()).join(", ");
      if (missing === "") {
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(failure(missing));
      }
      report?.(`waiting for nodes ${missing}`);
      await sleep(pollMilliseconds, undefined, { signal });
    }
  }

  async #list<T = Cluster>(path: string): Promise<readonly T[]> {
    const { data } = (await this.#request("GET", `${path}?page_size=500`)) as { data: readonly T[] };
    return data;
  }

  async #request(method: string, path: string, body?: object): Promise<unknown> {
    const { ok, status, text } = await this.#fetch(method, path, body);
    if (!ok) {
      throw new LinodeError(status, `the Linode API answered ${status} to ${method} ${path}: ${text}`);
    }
    return JSON.parse(text) as unknown;
  }

  async #fetch(method: string, path: string, body?: object): Promise<Answer> {
    const url = `${this.#url}/v4${path}`;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#patience),
      });
      return { ok: response.ok, status: response.status, text: await response.text() };
    } catch (error) {
      throw new Error(
        `the Linode API did not answer ${method} ${url}: ${this.#reasonOf(error)}. ` +
          "logs/daemon.log in the state folder says why; `make sandbox` starts it again where it has ended.",
        { cause: error },
      );
    }
  }

  /** Why there was no answer: fetch itself says only that it failed. */
  #reasonOf(error: unknown): string {
    if (!(error instanceof Error)) {
      return String(error);
    }
    return error.name === "TimeoutError"
      ? `nothing came within ${this.#patience / 1_000} s`
      : error.cause instanceof Error
        ? error.cause.message
        : error.message;
  }
}
