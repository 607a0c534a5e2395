import assert from "node:assert/strict";

import { eventually } from "./eventually.ts";
import type { HubVault } from "./hub-vault.ts";
import { assertExit, type Finished } from "./command.ts";
import type { TestStack } from "./stack.ts";

/** The regions of a sandbox. */
export const regions = ["hub", "edge"] as const;
/** A region of a sandbox, which is a stack. */
export type Region = (typeof regions)[number];

/** The secret that both regions write, and what workloads see of it. */
export const shared = { path: "demo/from-both", secret: "demo-from-both", namespace: "demo" } as const;

/** Longer than it takes until every operator has looked at everything again, even after it has backed off. */
export const arrivalSeconds = 300;

/** Both regions of a sandbox, as the people who write secrets and the workloads that read them see them. */
export class LinkedRegions {
  readonly #hub: HubVault;

  constructor(hub: HubVault) {
    this.#hub = hub;
  }

  /** Runs kubectl in a region. */
  kubectl(region: Region, ...args: string[]): Promise<Finished> {
    return this.#hub.sandbox.run("kubectl", ["--context", region, ...args]);
  }

  /** Runs `vfed`. */
  vfed(...args: string[]): Promise<Finished> {
    return this.#hub.vfed(args);
  }

  /** Enters a value of the secret that both regions write; it must be too long to be anywhere by chance. */
  enter(region: Region, value: string, ...options: string[]): Promise<Finished> {
    this.#hub.entered.push(value);
    const set = ["secret", "set", shared.path, "value=-", "--stack", region, ...options];
    return this.#hub.vfed(set, { input: `${value}\n` });
  }

  /** What a workload of a region sees of the secret that both write. */
  async seen(region: Region): Promise<Record<string, string>> {
    return this.secret(region, shared.namespace, shared.secret);
  }

  /** The values of a Secret. */
  async secret(region: Region, namespace: string, name: string): Promise<Record<string, string>> {
    const get = ["get", "secret", name, "--namespace", namespace, "--output", "json"];
    const shown = await this.kubectl(region, ...get);
    assertExit(shown);
    return decoded(shown.stdout);
  }

  /** Waits until workloads of both regions see the same. */
  async eventuallySeen(expected: Record<string, string>): Promise<void> {
    await eventually(async () => {
      for (const region of regions) {
        assert.deepEqual(await this.seen(region), expected);
      }
    }, arrivalSeconds);
  }

  /** Seals a region's Vault. */
  seal(region: Region): Promise<void> {
    return this.#hub.restartServers(region);
  }

  /** Has the operators open a region's Vault again. */
  unseal(region: Region): Promise<void> {
    return this.#hub.unseal(region);
  }

  /** A region, as those see it who run Pulumi. */
  stack(region: Region): TestStack {
    return this.#hub.sandbox.stack(region);
  }

  /** Gives both regions settings, and brings each up with them. */
  async configure(values: Readonly<Record<string, string>>): Promise<void> {
    for (const region of regions) {
      await this.stack(region).configure(values);
      await this.stack(region).update();
    }
  }

  /** Waits until `vfed link status` has nothing to say about either region. */
  async eventuallyLinked(): Promise<void> {
    await eventually(async () => {
      for (const region of regions) {
        assertExit(await this.vfed("link", "status", region));
      }
    }, arrivalSeconds);
  }

  /** The token with which a region goes to the other one. */
  async token(region: Region): Promise<string> {
    const { token = "" } = await this.secret(region, "external-secrets", "vault-remote-token");
    assert.match(token, /^hvs\./);
    if (!this.#hub.tokens.includes(token)) {
      this.#hub.tokens.push(token);
    }
    return token;
  }

  /** How many seconds the Vault of a region gives a token yet; none if it refuses it. */
  async lifeOf(token: string, region: Region): Promise<number> {
    const vault = await this.#hub.client(token, region);
    try {
      const { data } = await vault.send<{ data: { ttl: number } }>("GET", "auth/token/lookup-self");
      return data.ttl;
    } catch (error) {
      assert.equal((error as { status?: number }).status, 403);
      return 0;
    }
  }
}

/** The values of a Secret that kubectl has shown as JSON. */
export function decoded(secret: string): Record<string, string> {
  const { data = {} } = JSON.parse(secret) as { data?: Record<string, string> };
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}
