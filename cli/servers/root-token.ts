import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { actionNeeded } from "../failure.ts";
import type { SharePool } from "../shares/share-pool.ts";
import { isRefusal, sharesDoNotFit } from "./shares-refused.ts";

/** State of the ceremony that makes a root token (`sys/generate-root/attempt`). */
export interface RootAttempt {
  readonly started: boolean;
  readonly nonce: string;
  readonly progress: number;
  /** Shares needed. */
  readonly required: number;
  readonly complete: boolean;
  /** The token, without meaning to whoever lacks the one-time password; empty until the last share was given. */
  readonly encoded_token: string;
  /** One-time password, told only to whoever starts the ceremony. */
  readonly otp: string;
}

/** What whoever started a ceremony must keep to read the token at its end. */
export interface RootCeremony {
  readonly nonce: string;
  readonly oneTimePassword: string;
}

const path = "sys/generate-root/attempt";

/** How far the ceremony is. */
export function rootAttempt(leader: VaultClient): Promise<RootAttempt> {
  return leader.send("GET", path);
}

/** Ends a ceremony without a token; the shares that were given are forgotten. */
export async function cancelRootAttempt(leader: VaultClient): Promise<void> {
  await leader.send("DELETE", path);
}

/** Starts a ceremony. @throws Failure if one is under way: its shares must not be lost unseen. */
export async function startRootAttempt(leader: VaultClient): Promise<RootCeremony> {
  const { started, progress, required } = await rootAttempt(leader);
  if (started) {
    throw actionNeeded(
      `a root token is being made already: ${progress} of ${required} shares have been given. Add yours with --contribute, ` +
        "go on with the --otp-file of whoever started it, or give it up with --cancel.",
    );
  }
  const { nonce, otp } = await leader.send<RootAttempt>("PUT", path, {});
  return { nonce, oneTimePassword: otp };
}

/**
 * Gives shares until there are enough, or no more.
 * @throws Failure if no ceremony is under way, or not that one, or the shares don't fit.
 */
export async function contribute(
  leader: VaultClient,
  shares: SharePool,
  nonce?: string,
): Promise<RootAttempt> {
  let attempt = await rootAttempt(leader);
  if (!attempt.started || (nonce !== undefined && attempt.nonce !== nonce)) {
    throw actionNeeded(
      "that making of a root token is no longer under way: it was cancelled, or the leader changed meanwhile. Start a new one.",
    );
  }
  const current = attempt.nonce;
  const others = attempt.progress;
  for (let index = 0; !attempt.complete; index += 1) {
    const key = await shares.at(index);
    if (key === undefined) {
      return attempt;
    }
    try {
      attempt = await leader.send<RootAttempt>("PUT", "sys/generate-root/update", { key, nonce: current });
    } catch (error) {
      if (!isRefusal(error)) {
        throw error;
      }
      if (!isRepeated(error.reasons)) {
        const doubt = others === 0 ? "" : ` ${others} of them had been given before.`;
        throw sharesDoNotFit(leader.name, error, `Vault has forgotten them.${doubt}`);
      }
    }
  }
  return attempt;
}

/** A share that was given before, by an earlier run of the same operator, counts already. */
export function isRepeated(reasons: readonly string[]): boolean {
  return reasons.some((reason) => reason.includes("has already been provided"));
}

/**
 * Reads the token at the end of a ceremony: both parts, laid over each other bit by bit.
 * @throws Failure if they don't belong together.
 */
export function decodeToken(encoded: string, oneTimePassword: string): string {
  const bytes = Buffer.from(encoded, "base64");
  const password = Buffer.from(oneTimePassword, "utf8");
  const token = Buffer.from(bytes.map((byte, index) => byte ^ (password[index] ?? 0))).toString("utf8");
  if (bytes.length !== password.length || !/^[\w.]+$/.test(token)) {
    throw actionNeeded(
      "the encoded token and the one-time password don't belong together. Use the --otp-file of the ceremony that the token came from.",
    );
  }
  return token;
}

/**
 * Revokes a root token. Others are refused: revoking Pulumi's own would break its next run.
 * @throws Failure if the token is not valid, or no root token.
 */
export async function revokeRootToken(server: VaultClient, token: string): Promise<void> {
  const remedy = "it was left alone. Revoke it with `vault token revoke` if it should go.";
  await (await asRoot(server, token, remedy)).send("POST", "auth/token/revoke-self");
}

/** The command that revokes a root token, which may be in a file. */
export function revocationCommand(stack: string, file: string | undefined): string {
  return `vfed revoke-root ${stack}${file === undefined ? "" : ` --file ${file}`}`;
}

/**
 * The same server, asked with a root token.
 * @param remedy What became of a token that is none, and what to do then.
 * @throws Failure if the token is not valid, or no root token.
 */
export async function asRoot(server: VaultClient, token: string, remedy: string): Promise<VaultClient> {
  const vault = server.withToken(token);
  const policies = await policiesOf(vault);
  if (!policies.includes("root")) {
    throw actionNeeded(`that is no root token, its policies are ${policies.join(", ")}; ${remedy}`);
  }
  return vault;
}

async function policiesOf(vault: VaultClient): Promise<readonly string[]> {
  try {
    return (await vault.send<{ data: { policies: string[] } }>("GET", "auth/token/lookup-self")).data
      .policies;
  } catch (error) {
    if (isRefusal(error) || (error instanceof Error && "status" in error && error.status === 403)) {
      throw actionNeeded(
        "Vault does not know that token: it was mistyped, or revoked already. Nothing was done.",
      );
    }
    throw error;
  }
}
