import { createHmac } from "node:crypto";

import { secretMount } from "../../components/vault/policies.ts";
import { VaultError, type VaultClient } from "../../components/vault/api/vault-client.ts";
import { reasonOf } from "../failure.ts";

/** What is at one path of a Vault; no version where there is nothing. */
export interface Fingerprint {
  readonly version?: number;
  /** Keyed hash of the value; absent where there is none, or it may not be read. */
  readonly hash?: string;
  /** Why it is not known; absent where it is. */
  readonly unknown?: string;
}

/** Two Vaults at one path. */
export interface Comparison {
  readonly path: string;
  readonly here: Fingerprint;
  readonly there: Fingerprint;
  readonly verdict: "equal" | "different" | "unknown";
}

/**
 * Compares what two Vaults have at a path. Values leave the Vaults for this process's memory alone, and only keyed hashes
 * are compared.
 * @param key Key of the hashes; a new one for each run, so that they mean nothing afterwards.
 */
export async function compare(
  path: string,
  here: VaultClient,
  there: VaultClient,
  key: Buffer,
): Promise<Comparison> {
  const [own, remote] = await Promise.all([fingerprint(here, path, key), fingerprint(there, path, key)]);
  const isKnown = own.unknown === undefined && remote.unknown === undefined;
  return {
    path,
    here: own,
    there: remote,
    verdict: isKnown ? (own.hash === remote.hash ? "equal" : "different") : "unknown",
  };
}

/** What a Vault has at a path, by a hash with a key of this run. */
export async function fingerprint(vault: VaultClient, path: string, key: Buffer): Promise<Fingerprint> {
  try {
    const { data } = await vault.send<{
      data: { data: Record<string, unknown>; metadata: { version: number } };
    }>("GET", `${secretMount}/data/${path}`);
    return { version: data.metadata.version, hash: hashOf(data.data, key) };
  } catch (error) {
    if (error instanceof VaultError && error.status === 404) {
      return {};
    }
    return { unknown: reasonOf(error) };
  }
}

/** Keyed hash of a value; the order of its keys has no meaning. */
export function hashOf(value: Readonly<Record<string, unknown>>, key: Buffer): string {
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHmac("sha256", key).update(JSON.stringify(entries)).digest("hex");
}
