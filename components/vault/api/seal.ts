import type { VaultClient } from "./vault-client.ts";

/** State of a server's seal (`sys/seal-status`), as far as it is used. */
export interface SealStatus {
  /** What unseals: `shamir` for shares, else the kind of key service. */
  readonly type: string;
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** Shares needed: to unseal, or of the recovery key where a key service unseals. */
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
  /** Shares that unseal; none where a key service does. */
  readonly keys_base64: readonly string[];
  /** Shares of the recovery key; absent where shares unseal. */
  readonly recovery_keys_base64?: readonly string[];
  readonly root_token: string;
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
