import assert from "node:assert/strict";

import { Failure } from "../../cli/failure.ts";
import type { RollArgs } from "../../cli/servers/roll.ts";
import { unsealServers, type UnsealOutcome } from "../../cli/servers/unseal.ts";
import { SharePool } from "../../cli/shares/share-pool.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { VaultServers } from "./vault-servers.ts";

/** Shares of no key. */
export const wrongShares = ["11".repeat(33), "22".repeat(33), "33".repeat(33)] as const;

/** Three real servers that operators unseal: two of three shares are needed. */
export class OperatedVault {
  /** Shares of the present key. */
  shares: readonly string[] = [];
  rootToken = "";
  #servers: VaultServers | undefined;

  /** The servers, once they are started. */
  get servers(): VaultServers {
    assert.ok(this.#servers, "the servers have not been started");
    return this.#servers;
  }

  /** Starts, initialises and unseals the servers. */
  async start(): Promise<void> {
    this.#servers = await VaultServers.start();
    const keys = await this.#servers.initialise(3, 2);
    this.shares = keys.keys_base64;
    this.rootToken = keys.root_token;
  }

  /** Gives all servers shares, as an operator does. */
  unseal(shares: readonly string[]): Promise<UnsealOutcome[]> {
    return unsealWithPool(this.servers.clients, SharePool.of(shares));
  }

  async close(): Promise<void> {
    await this.#servers?.close();
  }
}

/** Unseals servers, with a minute for each, and says nothing on the way. */
export function unsealWithPool(servers: readonly VaultClient[], shares: SharePool): Promise<UnsealOutcome[]> {
  return unsealServers({ servers, shares, report: () => undefined, timeoutMilliseconds: 60_000 });
}

/** Shares that a test fails to be asked for. */
export function noShares(): SharePool {
  return new SharePool(() => assert.fail("a share was asked for"));
}

/** Asserts that three servers run unsealed, and that to unseal them asks for no share then. */
export async function assertNothingSealed(servers: readonly VaultClient[]): Promise<void> {
  const outcomes = await unsealWithPool(servers, noShares());
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["was-unsealed", "was-unsealed", "was-unsealed"],
  );
}

/** A host of servers all of which are to be restarted. */
export function outdatedHost(servers: VaultServers): RollArgs["host"] {
  return {
    outdated: () => Promise.resolve(["vault-0", "vault-1", "vault-2"]),
    stuck: () => Promise.resolve([]),
    restart: (name) => servers.restartServer(name),
  };
}

/** The failure that a command ends with where a person has to do something. */
export function refused(reason: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.exitCode, 1);
    assert.match(error.message, reason);
    return true;
  };
}
