import { sealStatus } from "./seal.ts";
import { VaultError, type VaultClient } from "./vault-client.ts";

/** Where a Vault changes the key whose shares the operators hold. Source: http/handler.go of Vault. */
export interface RekeyPaths {
  /** What the paths of the ceremony begin with. */
  readonly ceremony: string;
  /** Where the new shares are, encrypted, if whoever started asked for that: until they are deleted. */
  readonly backup: string;
}

/** State of a re-key (`init`). */
export interface RekeyStatus {
  readonly started: boolean;
  readonly nonce: string;
  /** Shares needed of the present key. */
  readonly required: number;
  readonly progress: number;
  /** Shares that will be needed of the new key. */
  readonly t: number;
  /** Shares that the new key will have. */
  readonly n: number;
  /** Fingerprints of the public keys that the new shares will be encrypted to, in the order of the shares. */
  readonly pgp_fingerprints?: readonly string[] | null;
}

/** What the last share of a re-key brings (`update`). */
export interface RekeyResult {
  readonly complete: boolean;
  readonly keys_base64: readonly string[];
  readonly pgp_fingerprints: readonly string[];
}

/** Where a key service unseals, the operators' shares are those of the recovery key, which is changed elsewhere. */
export async function rekeyPaths(server: VaultClient): Promise<RekeyPaths> {
  const { recovery_seal: automatic } = await sealStatus(server);
  return automatic
    ? { ceremony: "sys/rekey-recovery-key", backup: "sys/rekey/recovery-key-backup" }
    : { ceremony: "sys/rekey", backup: "sys/rekey/backup" };
}

/** How far a re-key is. */
export function rekeyStatus(server: VaultClient, { ceremony }: RekeyPaths): Promise<RekeyStatus> {
  return server.send("GET", `${ceremony}/init`);
}

/**
 * Starts a re-key.
 * @param publicKeys PGP keys (base64 of the binary form) to encrypt the new shares to, one each.
 * @param threshold New shares that will be needed.
 */
export function startRekey(
  server: VaultClient,
  { ceremony }: RekeyPaths,
  publicKeys: readonly string[],
  threshold: number,
): Promise<RekeyStatus> {
  return server.send("PUT", `${ceremony}/init`, {
    secret_shares: publicKeys.length,
    secret_threshold: threshold,
    pgp_keys: publicKeys,
    // Vault tells the new shares only once. Should its answer be lost, they are still in the backup.
    backup: true,
  });
}

/** Gives up a re-key that is under way, with the shares that were given to it; answers whether there was one. */
export async function cancelRekey(server: VaultClient, paths: RekeyPaths): Promise<boolean> {
  const { started, nonce } = await rekeyStatus(server, paths);
  if (started) {
    await server.send("DELETE", `${paths.ceremony}/init`, { nonce });
  }
  return started;
}

/** Encrypted shares (base64) by the fingerprint of the key that opens them; undefined if there is no backup. */
export async function readBackup(
  server: VaultClient,
  { backup }: RekeyPaths,
): Promise<Readonly<Record<string, readonly string[]>> | undefined> {
  try {
    return (await server.send<{ data: { keys_base64: Record<string, string[]> } }>("GET", backup)).data
      .keys_base64;
  } catch (error) {
    if (error instanceof VaultError && (error.status === 404 || error.status === 400)) {
      return undefined;
    }
    throw error;
  }
}

/** Deletes the backup, whether there is one or not. Needs a token that may. */
export async function deleteBackup(server: VaultClient, { backup }: RekeyPaths): Promise<void> {
  await server.send("DELETE", backup);
}
