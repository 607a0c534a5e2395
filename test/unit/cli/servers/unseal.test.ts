import assert from "node:assert/strict";
import { Agent } from "node:https";
import { describe, mock, test } from "node:test";

import { unsealServers, type UnsealOutcome } from "../../../../cli/servers/unseal.ts";
import { SharePool } from "../../../../cli/shares/share-pool.ts";
import { VaultClient, VaultError } from "../../../../components/vault/api/vault-client.ts";
import { withoutSleeping } from "../../../support/time.ts";

const shares = [1, 2].map((fill) => Buffer.alloc(33, fill).toString("base64"));

/** What a server takes its time for: each is how many seconds, as it is looked at once a second. */
interface Delays {
  /** Until it has heard of the cluster. */
  readonly empty?: number;
  /** Until it is unsealed, once it has its shares. */
  readonly sealed?: number;
  /** Until it leads; it never does otherwise. */
  readonly leaderless?: number;
}

/** A sealed server that needs two shares. */
class SlowServer extends VaultClient {
  readonly #delays: Delays;
  readonly #looks = { empty: 0, sealed: 0, leaderless: 0 };
  #progress = 0;

  constructor(name: string, delays: Delays) {
    super({ name, host: "vault", agent: new Agent() });
    this.#delays = delays;
  }

  override async send<T = unknown>(...[method, path]: Parameters<VaultClient["send"]>): Promise<T> {
    await Promise.resolve();
    return this.#answer(`${method} ${path}`) as T;
  }

  #answer(request: string): unknown {
    switch (request) {
      case "PUT sys/unseal":
        this.#progress += 1;
        return { sealed: true, progress: this.#progress % shares.length };
      case "GET sys/seal-status":
        return {
          initialized: !this.#isPending("empty"),
          sealed: this.#progress < shares.length || this.#isPending("sealed"),
          t: shares.length,
          progress: this.#progress % shares.length,
          recovery_seal: false,
        };
      case "GET sys/leader":
        return {
          is_self: this.#delays.leaderless !== undefined && !this.#isPending("leaderless"),
          leader_address: "https://vault-0:8200",
        };
      default:
        if (this.#delays.leaderless === undefined) {
          throw new VaultError(this.name, "GET", "sys/health", 429, []);
        }
        return undefined;
    }
  }

  #isPending(what: keyof Delays): boolean {
    this.#looks[what] += 1;
    return this.#looks[what] <= (this.#delays[what] ?? 0);
  }
}

/** Unseals servers with a minute for each, while the clock moves only as time is waited for. */
async function unsealSlowly(
  delays: readonly Delays[],
  pool = SharePool.of(shares),
): Promise<UnsealOutcome["outcome"][]> {
  const outcomes = await withoutSleeping(() =>
    unsealServers({
      servers: delays.map((delay, index) => new SlowServer(`vault-${index}`, delay)),
      shares: pool,
      report: () => undefined,
      timeoutMilliseconds: 60_000,
    }),
  );
  return outcomes.map(({ outcome }) => outcome);
}

describe("The time that unsealing waits for a server", () => {
  const prompt = { leaderless: 0 };
  const all = ["unsealed", "unsealed", "unsealed"];

  test("does not run while shares are asked for", async () => {
    const pool = new SharePool((position) => {
      mock.timers.tick(3_600_000);
      return Promise.resolve(shares[position - 1]);
    });
    assert.deepEqual(
      await unsealSlowly([{ sealed: 2, leaderless: 2 }, { sealed: 2 }, { sealed: 2 }], pool),
      all,
    );
  });

  for (const [title, delays] of [
    ["is unsealed", [{ sealed: 40, leaderless: 0 }, { sealed: 40 }, { sealed: 40 }]],
    ["hears of the cluster", [prompt, { empty: 40 }, { empty: 40 }]],
    ["leads, after others were waited for", [{ sealed: 40, leaderless: 40 }, {}, {}]],
  ] as const) {
    test(`starts anew with each that ${title}`, async () => {
      assert.deepEqual(await unsealSlowly(delays), all);
    });
  }

  for (const [title, delays, message] of [
    [
      "is not unsealed",
      [{ sealed: 90, leaderless: 0 }],
      /^vault-0 was given its shares, but did not unseal: /,
    ],
    [
      "does not hear of the cluster",
      [prompt, { empty: 90 }],
      /^vault-1 is empty and did not hear of the cluster: /,
    ],
    ["does not lead", [{ leaderless: 90 }], /^the unsealed servers did not all join: there is no leader\. /],
  ] as const) {
    test(`ends with one that ${title}`, async () => {
      await assert.rejects(unsealSlowly(delays), { message });
    });
  }
});
