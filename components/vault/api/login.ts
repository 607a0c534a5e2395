import type { VaultClient } from "./vault-client.ts";

/**
 * Does something with a login that ends with it.
 * @param path Path of the auth method's login, such as `auth/approle/login`.
 * @param credential What it takes there.
 */
export async function withLogin<T>(
  vault: VaultClient,
  path: string,
  credential: Readonly<Record<string, string>>,
  work: (client: VaultClient) => Promise<T>,
): Promise<T> {
  const { auth } = await vault.send<{ auth: { client_token: string } }>("POST", path, credential);
  const client = vault.withToken(auth.client_token);
  try {
    return await work(client);
  } finally {
    await client.send("POST", "auth/token/revoke-self");
  }
}
