import type { VaultClient } from "./vault-client.ts";

/**
 * Does something with a login that ends with it.
 * @param vault The Vault to log in to.
 * @param path Path of the auth method's login, such as `auth/approle/login`.
 * @param credential What it takes there.
 * @param work What to do, by a client that is logged in.
 * @throws What the login, the work or the end of the login throws; of several the first.
 */
export async function withLogin<T>(
  vault: VaultClient,
  path: string,
  credential: Readonly<Record<string, string>>,
  work: (client: VaultClient) => Promise<T>,
): Promise<T> {
  const { auth } = await vault.send<{ auth: { client_token: string } }>("POST", path, credential);
  const client = vault.withToken(auth.client_token);
  const logOut = (): Promise<unknown> => client.send("POST", "auth/token/revoke-self");
  let result: T;
  try {
    result = await work(client);
  } catch (error) {
    // It may fail for the same reason, and the token ends by itself then.
    await logOut().catch(() => undefined);
    throw error;
  }
  await logOut();
  return result;
}
