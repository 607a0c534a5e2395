import { VaultError, type VaultClient } from "../../components/vault/api/vault-client.ts";
import { reasonOf } from "../failure.ts";

/** How a token stands with the Vault that it is for. */
export type TokenLife =
  | { readonly state: "valid"; readonly ageSeconds: number; readonly remainingSeconds: number }
  | { readonly state: "refused" }
  | { readonly state: "absent" }
  | { readonly state: "unknown"; readonly reason: string };

/**
 * Asks a Vault for the life of a token.
 * @param now Milliseconds since 1970.
 */
export async function tokenLife(
  vault: VaultClient,
  token: string | undefined,
  now: number,
): Promise<TokenLife> {
  return token === undefined ? { state: "absent" } : loginLife(vault.withToken(token), now);
}

/** The same of the token that a client has. */
export async function loginLife(client: VaultClient, now: number): Promise<TokenLife> {
  try {
    const { data } = await client.send<{ data: { creation_time: number; ttl: number } }>(
      "GET",
      "auth/token/lookup-self",
    );
    return {
      state: "valid",
      ageSeconds: Math.max(0, Math.round(now / 1_000) - data.creation_time),
      remainingSeconds: data.ttl,
    };
  } catch (error) {
    return lifeAfter(error);
  }
}

/** What a failure says of a token, or of a login: Vault does not tell one that is over from one that never was. */
export function lifeAfter(error: unknown): TokenLife {
  return error instanceof VaultError && (error.status === 403 || error.status === 400)
    ? { state: "refused" }
    : { state: "unknown", reason: reasonOf(error) };
}
