import type { EncryptedShare } from "../../components/vault/bootstrap/journal.ts";
import type { Terminal } from "../terminal.ts";
import { decryptShares } from "./private-key.ts";
import { SharePool } from "./share-pool.ts";

/**
 * Where a run's shares come from: the private keys that were named, else a person who is asked, else the lines of stdin.
 * @param keys Files with armoured private keys.
 * @param encrypted The shares that these keys decrypt.
 */
export async function openShares(
  keys: readonly string[],
  encrypted: () => Promise<readonly EncryptedShare[]>,
  terminal: Terminal,
): Promise<SharePool> {
  if (keys.length > 0) {
    const available = await encrypted();
    const shares: string[] = [];
    // One after the other: each may ask for a passphrase.
    for (const key of keys) {
      shares.push(...(await decryptShares(key, available, terminal)));
    }
    return SharePool.of(shares);
  }
  if (terminal.interactive) {
    return new SharePool(async (position) => {
      const share = await terminal.askSecret(`Key share ${position} (nothing if there is no further one)`);
      return share.trim() === "" ? undefined : share;
    });
  }
  return SharePool.of(await terminal.readLines());
}
