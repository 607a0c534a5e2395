import type { VaultClient } from "./vault-client.ts";

/** State of a server's seal (`sys/seal-status`), as far as it is used. */
export interface SealStatus {
  readonly type: string;
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** Shares needed to unseal. */
  readonly t: number;
  /** Shares that exist. */
  readonly n: number;
  /** Shares given so far. */
  readonly progress: number;
  readonly version: string;
  /** Absent while the server is sealed. */
  readonly cluster_id?: string;
  /** True where a key service unseals, and the shares are recovery shares. */
  readonly recovery_seal: boolean;
  /** True when the others have removed the server from the cluster. */
  readonly removed_from_cluster?: boolean;
}

/** What `sys/init` answers. */
export interface InitialKeys {
  readonly keys_base64: readonly string[];
  readonly recovery_keys_base64?: readonly string[];
  readonly root_token: string;
}

/** State of a re-key (`sys/rekey/init`). */
export interface RekeyStatus {
  readonly started: boolean;
  readonly nonce: string;
  /** Shares needed of the present key. */
  readonly required: number;
  readonly progress: number;
  /** Shares of the new key that will be needed to unseal. */
  readonly t: number;
  /** Shares that the new key will have. */
  readonly n: number;
  /** Fingerprints of the public keys that the new shares will be encrypted to, in the order of the shares. */
  readonly pgp_fingerprints?: readonly string[] | null;
}

/** What the last share of a re-key brings. */
export interface RekeyResult {
  readonly complete: boolean;
  readonly keys_base64: readonly string[];
  readonly pgp_fingerprints: readonly string[];
}

/** Asks for the state of the seal; a sealed or uninitialised server answers too. */
export function sealStatus(server: VaultClient): Promise<SealStatus> {
  return server.send("GET", "sys/seal-status");
}

/** Gives one share (base64 or hex). */
export function unseal(server: VaultClient, share: string): Promise<SealStatus> {
  return server.send("PUT", "sys/unseal", { key: share });
}

/** Forgets shares that were given to a server and did not fit. */
export function resetUnseal(server: VaultClient): Promise<SealStatus> {
  return server.send("PUT", "sys/unseal", { reset: true });
}
