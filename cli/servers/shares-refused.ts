import { VaultError } from "../../components/vault/api/vault-client.ts";
import { actionNeeded, type Failure } from "../failure.ts";

/** Whether Vault refused what it was given, as opposed to being out of reach. */
export function isRefusal(error: unknown): error is VaultError {
  return error instanceof VaultError && (error.status === 400 || error.status === 500);
}

/** Explains that a threshold of shares did not make up the key. */
export function sharesDoNotFit(server: string, error: VaultError, consequence: string): Failure {
  return actionNeeded(
    `the shares don't fit ${server}'s key: together they are not the key that its operators share (${error.reasons.join("; ")}). ` +
      `${consequence} Check that all shares are of this stack and of the last re-key, and try again.`,
  );
}
