import { externalSecretsNames } from "../delivery/external-secrets-values.ts";

/** ClusterSecretStore of the region's own Vault. */
export const { localStore } = externalSecretsNames;

/** ClusterSecretStores of the peers' Vaults, by peer: with one peer it has no need of a name. */
export function remoteStores(peers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    peers.map((peer) => [peer, peers.length === 1 ? "vault-remote" : `vault-remote-${peer}`]),
  );
}

/** ClusterSecretStore of a place beside the regions' Vaults. */
export function backendStore(backend: string): string {
  return `backend-${backend}`;
}
