import { Agent as PlainAgent, request as plainRequest } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { Agent, request as secureRequest } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Waiting } from "../../schema/kind.ts";
import type { VaultSettings } from "../settings.ts";
import { reasonsOf } from "./failure.ts";

/** One exchange with Vault. */
export interface Exchange extends Waiting {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path below `/v1`, without a leading slash; see `vaultPath`. */
  readonly path: string;
  /** Becomes JSON; defaults to no body. */
  readonly body?: unknown;
  /** Defaults to none, for logins. */
  readonly token?: string;
  /** Life of a wrapping token that the answer is to be handed out in, such as `5m`. Defaults to no wrapping. */
  readonly wrapTtl?: string;
  /** Defaults to the provider's namespace; empty for the root. */
  readonly namespace?: string | undefined;
}

/** What Vault answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Milliseconds without a sign of life after which an exchange counts as lost (VAULT_CLIENT_TIMEOUT's default). */
const SILENCE_LIMIT = 60_000;

/** Speaks HTTP with one Vault over connections that stay open. */
export class Connection {
  readonly #settings: VaultSettings;
  readonly #agent: Agent | PlainAgent;

  constructor(settings: VaultSettings) {
    this.#settings = settings;
    const { authority, serverName, verifiesServer } = settings;
    this.#agent = settings.address.startsWith("https:")
      ? new Agent({
          keepAlive: true,
          rejectUnauthorized: verifiesServer,
          ...(authority === undefined ? {} : { ca: authority }),
          ...(serverName === undefined ? {} : { servername: serverName }),
        })
      : new PlainAgent({ keepAlive: true });
  }

  /**
   * Sends a request. It is repeated as often as the settings say, as by Vault's own client library, if Vault can't be
   * reached, has a problem of its own, or is behind (412).
   * @throws Error if Vault can't be reached, the signal's reason if aborted; not for errors that Vault answers.
   */
  async exchange(exchange: Exchange): Promise<Answer> {
    const { maxRetries, retryPause } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      const result = await this.#once(exchange).catch((error: unknown) => {
        exchange.signal.throwIfAborted();
        if (attempt > maxRetries || isDistrust(error)) {
          throw this.#unreachable(error);
        }
        return undefined;
      });
      if (result !== undefined && (attempt > maxRetries || !isWorthRepeating(result.status))) {
        return result;
      }
      const problem =
        result === undefined
          ? "can't be reached"
          : `answered ${[String(result.status), ...reasonsOf(result.text)].join(" ")}`;
      exchange.report?.(`Vault at ${this.#settings.address} ${problem}; trying again`);
      // Linear with some jitter, so that many requests don't come back at once.
      const pause = retryPause * attempt * (1 + Math.random() / 2);
      await delay(pause, undefined, { signal: exchange.signal }).catch(() => undefined);
      exchange.signal.throwIfAborted();
    }
  }

  /** Closes the open connections. */
  close(): void {
    this.#agent.destroy();
  }

  #once({ method, path, body, token, wrapTtl, namespace, signal }: Exchange): Promise<Answer> {
    const { address, headers: extra, namespace: ownNamespace } = this.#settings;
    const url = new URL(`${address}/v1/${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const space = namespace ?? ownNamespace ?? "";
    const headers: OutgoingHttpHeaders = {
      ...extra,
      accept: "application/json",
      "x-vault-request": "true",
      ...(token === undefined ? {} : { "x-vault-token": token }),
      ...(space === "" ? {} : { "x-vault-namespace": space }),
      ...(wrapTtl === undefined ? {} : { "x-vault-wrap-ttl": wrapTtl }),
      ...(text === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) }),
    };
    const send = url.protocol === "https:" ? secureRequest : plainRequest;
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, signal, timeout: SILENCE_LIMIT };
      const sent = send(url, options, (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
        });
      });
      sent.on("timeout", () => sent.destroy(new Error(`no answer for ${String(SILENCE_LIMIT / 1000)} s`)));
      sent.on("error", reject);
      sent.end(text);
    });
  }

  #unreachable(error: unknown): Error {
    const { address, authority } = this.#settings;
    const reason = reasonOf(error);
    if (isDistrust(error)) {
      const trusted = authority === undefined ? "the system's certificate authorities" : "caCertFile";
      return new Error(
        `the certificate of Vault at ${address} is not trusted (${reason}); it was checked against ${trusted}: ` +
          "check caCertFile or VAULT_CACERT, and tlsServerName",
        { cause: error },
      );
    }
    return new Error(
      `Vault can't be reached at ${address} (${reason}); check the provider's address or VAULT_ADDR, and that ` +
        "Vault is up: vfed status <stack>, and if it is sealed: vfed unseal <stack>",
      { cause: error },
    );
  }
}

/** Joins a path in Vault; slashes inside the parts stay, whatever else a URL gives a meaning is encoded. */
export function vaultPath(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split("/"))
    .filter((step) => step !== "")
    .map(encodeURIComponent)
    .join("/");
}

/** The statuses that Vault's own client library repeats requests for. */
function isWorthRepeating(status: number): boolean {
  return status === 412 || status === 429 || (status >= 500 && status !== 501);
}

/** Whether the peer was reached, but its certificate was refused: trying again can't help. */
function isDistrust(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(code);
}

/** Node reports several failed addresses of one name as an error without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) {
    return error.errors.map(reasonOf).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
}
