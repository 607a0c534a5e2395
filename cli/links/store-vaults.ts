import { localStore } from "../../components/federation/store-names.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { Region } from "../region/region.ts";
import { actingAs, actors } from "./login.ts";
import { openLinks } from "./region-links.ts";
import { visitPeer } from "./visit.ts";

/** A Vault that a region's External Secrets pushes to. */
export interface StoreVault {
  /** Name of the ClusterSecretStore that leads to it. */
  readonly store: string;
  /** Does work there with the rights of External Secrets. */
  readonly visit: <T>(work: (vault: VaultClient) => Promise<T>) => Promise<T>;
}

/** Does work with the region's own Vault and those of its peers. @throws Failure if the own one can't be reached. */
export async function withStoreVaults<T>(
  stack: string,
  folder: string,
  work: (vaults: readonly StoreVault[]) => Promise<T>,
): Promise<T> {
  const region = await Region.open(stack, folder);
  try {
    const links = await openLinks(region);
    const own: StoreVault = {
      store: localStore,
      visit: (look) => actingAs(actors.externalSecrets, links.cluster, links.vault, look),
    };
    const peers = links.peers.map((linked): StoreVault => ({
      store: linked.names.store,
      visit: (look) => visitPeer(links, linked, look),
    }));
    return await work([own, ...peers]);
  } finally {
    region.close();
  }
}
