import { Agent } from "node:https";

import { externalSecretsAccount, linkOperator } from "../../components/federation/link-names.ts";
import { withLogin } from "../../components/vault/api/login.ts";
import { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { RemoteVault } from "../../config/contract.ts";
import type { LinkCluster } from "./cluster.ts";

/** Whom a command acts as in the region's own Vault, by the names of service account and role. */
export const actors = {
  externalSecrets: { account: externalSecretsAccount, role: "external-secrets" },
  linkOperator,
} as const;

/** Does work in a region's own Vault with a login that ends with it. */
export async function actingAs<T>(
  { account, role }: { readonly account: string; readonly role: string },
  cluster: LinkCluster,
  vault: VaultClient,
  work: (client: VaultClient) => Promise<T>,
): Promise<T> {
  const jwt = await cluster.serviceAccountToken(account);
  return withLogin(vault, "auth/kubernetes/login", { role, jwt }, work);
}

/** A peer's Vault at its public address. */
export function remoteClient(peer: string, { address, caBundle, namespace }: RemoteVault): VaultClient {
  const { hostname, port } = new URL(address);
  const agent = new Agent({ ca: caBundle, keepAlive: true, maxSockets: 1 });
  return new VaultClient({
    name: `Vault of ${peer}`,
    host: hostname,
    port: port === "" ? 443 : Number(port),
    agent,
    namespace,
  });
}
