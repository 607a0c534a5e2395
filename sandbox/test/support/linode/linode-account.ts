import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type LinodeApi, startLinodeApi } from "../../../linode/api.ts";
import type { Infrastructure, NodeBalancer, Volume } from "../../../linode/infrastructure.ts";
import { MemoryClusters } from "./memory-clusters.ts";

/** An answer of the API as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What controllers in the clusters made, in this object only. */
export class MemoryInfrastructure implements Infrastructure {
  balancers: NodeBalancer[] = [];
  disks: Volume[] = [];

  nodeBalancers(): Promise<readonly NodeBalancer[]> {
    return Promise.resolve(this.balancers);
  }

  deleteNodeBalancer(id: number): Promise<void> {
    this.balancers = this.balancers.filter((balancer) => balancer.id !== id);
    return Promise.resolve();
  }

  volumes(): Promise<readonly Volume[]> {
    return Promise.resolve(this.disks);
  }

  deleteVolume(id: number): Promise<void> {
    this.disks = this.disks.filter((disk) => disk.id !== id);
    return Promise.resolve();
  }
}

/** The token that opens the test's account. */
export const TOKEN = "token-of-the-test-account";

/** An emulated Linode account of one test: the real server on loopback, with clusters in memory. */
export class LinodeAccount {
  readonly clusters = new MemoryClusters();
  readonly infrastructure = new MemoryInfrastructure();
  readonly log: string[] = [];
  readonly stateFolder: string;
  #api: LinodeApi | undefined;

  private constructor(stateFolder: string) {
    this.stateFolder = stateFolder;
  }

  /** Opens an account; `dispose` ends it. */
  static async create(): Promise<LinodeAccount> {
    const account = new LinodeAccount(await mkdtemp(join(tmpdir(), "linode-")));
    await account.start();
    return account;
  }

  /** Opens an account that is gone when the test ends. */
  static async open(test: TestContext): Promise<LinodeAccount> {
    const account = await LinodeAccount.create();
    test.after(() => account.dispose());
    return account;
  }

  get url(): string {
    if (this.#api === undefined) {
      throw new Error("the emulator is stopped");
    }
    return this.#api.url;
  }

  async start(): Promise<void> {
    const write = (message: string) => this.log.push(message);
    this.#api = await startLinodeApi({
      stateFolder: this.stateFolder,
      port: 0,
      token: TOKEN,
      provisioner: this.clusters,
      infrastructure: this.infrastructure,
      log: { info: write, warn: write },
      retryAfterSeconds: 1,
      pace: { poll: 1, firstRetry: 1, lastRetry: 4 },
    });
  }

  async stop(): Promise<void> {
    this.clusters.release();
    await this.#api?.close();
    this.#api = undefined;
  }

  /** Stops the emulator and removes its state. */
  async dispose(): Promise<void> {
    await this.stop();
    await rm(this.stateFolder, { recursive: true });
  }

  /** Sends a request; `path` begins with `/v4`, `/v4beta` or `/faults`. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      // As Linode's client library does, also for requests without a body.
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }
}

/** Asks again and again until the answer is there. */
export async function eventually<Result>(
  ask: () => Result | undefined | Promise<Result | undefined>,
): Promise<Result> {
  for (;;) {
    const result = await ask();
    if (result !== undefined) {
      return result;
    }
    await delay(1);
  }
}
