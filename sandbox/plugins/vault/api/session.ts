import { z } from "zod";
import type { Waiting } from "../../schema/kind.ts";
import type { VaultSettings } from "../settings.ts";
import { vaultPath } from "./connection.ts";
import type { Connection, Exchange } from "./connection.ts";
import { failureOf, VaultFailure } from "./failure.ts";

const authAnswer = z.object({ auth: z.object({ client_token: z.string() }) });

/** Milliseconds that the end of a run may wait for Vault to forget the token. */
const FAREWELL = 2000;

/** The token that a run works with. */
export interface SessionToken {
  readonly value: string;
  /** When it stops working, in milliseconds since 1970; `undefined` if that is not known. */
  readonly end: number | undefined;
}

/**
 * A run's identity in Vault: logs in when it is first needed, and works with a short-lived child of the token that it
 * got, so that whatever the run leaves behind can be traced to it and ends with it.
 */
export class Session {
  readonly #settings: VaultSettings;
  readonly #connection: Connection;
  #token: Promise<SessionToken> | undefined;
  #hasOffspring = false;

  constructor(settings: VaultSettings, connection: Connection) {
    this.#settings = settings;
    this.#connection = connection;
  }

  /** Answers the token; the first call logs in. @throws Error with the address and a remedy if that fails. */
  async token(waiting: Waiting): Promise<SessionToken> {
    this.#token ??= this.#open(waiting);
    try {
      return await this.#token;
    } catch (error) {
      this.#token = undefined;
      throw error;
    }
  }

  /** Says that a token was made that ends together with the session's own, which is therefore left to expire. */
  keepForOffspring(): void {
    this.#hasOffspring = true;
  }

  /** Ends the session: Vault forgets the child token. Failures don't matter, as it expires by itself. */
  async close(): Promise<void> {
    const opened = this.#token;
    this.#token = undefined;
    if (opened === undefined || !this.#settings.makesChildToken || this.#hasOffspring) {
      return;
    }
    try {
      const { value } = await opened;
      await this.#connection.exchange({
        method: "POST",
        path: "auth/token/revoke-self",
        token: value,
        signal: AbortSignal.timeout(FAREWELL),
      });
    } catch {
      return;
    }
  }

  async #open(waiting: Waiting): Promise<SessionToken> {
    const { address, makesChildToken, tokenName, tokenSeconds } = this.#settings;
    const token = await this.#ownToken(waiting);
    await this.#ask(
      { ...waiting, method: "GET", path: "auth/token/lookup-self", token },
      `Vault at ${address} does not accept the provider's token: it is wrong, has expired or was revoked; check the ` +
        "provider's token, authLogin or VAULT_TOKEN",
    );
    if (!makesChildToken) {
      return { value: token, end: undefined };
    }
    const life = `${String(tokenSeconds)}s`;
    const answer = await this.#ask(
      {
        ...waiting,
        method: "POST",
        path: "auth/token/create",
        token,
        body: { display_name: tokenName, ttl: life, explicit_max_ttl: life, renewable: false },
      },
      `the provider's token at ${address} may not make a child token; its policy needs update on auth/token/create, or ` +
        "set skipChildToken",
    );
    return { value: this.#tokenIn(answer, "auth/token/create"), end: Date.now() + tokenSeconds * 1000 };
  }

  async #ownToken(waiting: Waiting): Promise<string> {
    const { address, login, token } = this.#settings;
    if (login === undefined) {
      if (token === undefined) {
        throw new Error(`there is no token for Vault at ${address}; set authLogin or token, or VAULT_TOKEN`);
      }
      return token;
    }
    const answer = await this.#ask(
      {
        ...waiting,
        method: "POST",
        path: vaultPath(login.path),
        body: login.parameters,
        namespace: login.namespace,
      },
      `Vault at ${address} refuses the provider's login at ${login.path}; check authLogin's parameters, and that what ` +
        "it logs in with has not expired or been destroyed",
    );
    return this.#tokenIn(answer, login.path);
  }

  async #ask(exchange: Exchange, refusal: string): Promise<string> {
    const { address } = this.#settings;
    const { status, text } = await this.#connection.exchange(exchange);
    if (status < 300) {
      return text;
    }
    const failure = failureOf(status, text, { ...exchange, address });
    throw status >= 500
      ? failure
      : new VaultFailure(status, failure.reasons, `${refusal} (${failure.message})`);
  }

  #tokenIn(text: string, path: string): string {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    const result = authAnswer.safeParse(body);
    if (!result.success) {
      throw new Error(
        `${path} at ${this.#settings.address} did not answer a token; is it the path of a login?`,
      );
    }
    return result.data.auth.client_token;
  }
}
