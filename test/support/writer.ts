import { setTimeout as sleep } from "node:timers/promises";

import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { eventually } from "./eventually.ts";

/** Thousands of writes would show no more than hundreds, and take the processors from what is tested. */
const pauseMilliseconds = 20;

/** A write that Vault has acknowledged. */
export interface Acknowledged {
  readonly path: string;
  readonly value: number;
}

/** Writes secrets one after the other, all the time, and notes which of them Vault has acknowledged. */
export class Writer {
  readonly acknowledged: Acknowledged[] = [];
  /** How many writes failed, as they must while nobody leads. */
  failed = 0;
  readonly #vault: VaultClient;
  readonly #folder: string;
  #stopped = false;

  /** Takes a folder of the mount `secret`. */
  constructor(vault: VaultClient, folder: string) {
    this.#vault = vault;
    this.#folder = folder;
  }

  /** Writes all the time while something is done. */
  async during(work: () => Promise<void>): Promise<void> {
    const done = this.#write();
    try {
      await work();
    } finally {
      this.#stopped = true;
      await done;
    }
  }

  /** Which of the acknowledged writes Vault does not have. */
  async lost(vault: VaultClient): Promise<Acknowledged[]> {
    const lost: Acknowledged[] = [];
    for (const written of this.acknowledged) {
      // The address leads to another server once more where the leader changes late.
      await eventually(async () => {
        const { data } = await vault.send<{ data: { data: { value: number } } }>("GET", written.path);
        if (data.data.value !== written.value) {
          lost.push(written);
        }
      });
    }
    return lost;
  }

  async #write(): Promise<void> {
    for (let value = 0; !this.#stopped; value += 1) {
      const path = `secret/data/${this.#folder}/${value}`;
      try {
        await this.#vault.send("POST", path, { data: { value } });
        this.acknowledged.push({ path, value });
      } catch {
        this.failed += 1;
      }
      await sleep(pauseMilliseconds);
    }
  }
}
