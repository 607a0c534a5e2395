import type { X509Certificate } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { request, type Agent } from "node:https";
import { TLSSocket } from "node:tls";

import { withinPatience } from "../../cluster/patience.ts";

/** Vault refused a request, or could not serve it. */
export class VaultError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** What Vault itself said, a line each. */
  readonly reasons: readonly string[];

  constructor(server: string, method: string, path: string, status: number, reasons: readonly string[]) {
    super(`${server} answered ${status} to ${method} ${path}: ${reasons.join("; ") || "no reason given"}`);
    this.status = status;
    this.reasons = reasons;
  }
}

/** How long a request may take. */
export interface RequestLimit {
  /**
   * Milliseconds for all of it: connection, tunnel, handshake, request and body. Defaults to 15 s; when they are over, the
   * request fails, though Vault may carry it out later.
   */
  readonly timeoutMilliseconds?: number;
}

/** How a client reaches one Vault server. */
export interface VaultTarget extends RequestLimit {
  /** What the server is called in messages, such as `vault-0`. */
  readonly name: string;
  /** Host of the request; without meaning behind a tunnel. */
  readonly host: string;
  /** Port of the request; without meaning behind a tunnel. Defaults to 8200. */
  readonly port?: number;
  readonly agent: Agent;
  /** Vault namespace, of HCP and Enterprise. Defaults to none. */
  readonly namespace?: string;
  /** The listener that tells metrics without a token; absent where the one above does, or none. */
  readonly metrics?: Pick<VaultTarget, "port" | "agent">;
}

type Method = "GET" | "PUT" | "POST" | "LIST" | "DELETE";

/** How long a request, and the opening of a tunnel for it, may take where nobody says otherwise. */
export const defaultTimeoutMilliseconds = 15_000;

/** What an exchange is, beside its method and path. */
interface ExchangeArgs extends RequestLimit {
  readonly body?: object;
  /** Sees the response before its body. */
  readonly look?: (response: IncomingMessage) => void;
}

/** Requests to one Vault server, without retries: whoever asks knows what a failure means. */
export class VaultClient {
  /** What the server is called in messages. */
  readonly name: string;
  readonly #target: VaultTarget;
  readonly #token: string | undefined;

  constructor(target: VaultTarget, token?: string) {
    this.name = target.name;
    this.#target = target;
    this.#token = token;
  }

  /** The same server, asked with a token. */
  withToken(token: string): VaultClient {
    return new VaultClient(this.#target, token);
  }

  /**
   * Sends a request and answers its body, or undefined if it has none.
   * @throws VaultError if Vault answers with a failure; any other error if it could not be asked. Neither holds
   * anything of what was sent.
   */
  async send<T = unknown>(method: Method, path: string, body?: object, limit?: RequestLimit): Promise<T> {
    const text = await this.#exchange(method, path, { body, ...limit });
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** Reads what is not JSON, such as metrics. Errors are those of {@link send}. */
  readText(path: string): Promise<string> {
    return this.#exchange("GET", path);
  }

  /** The server's metrics, in Prometheus' text format. Errors are those of {@link send}. */
  metrics(): Promise<string> {
    const listener = new VaultClient({ ...this.#target, ...this.#target.metrics });
    return listener.readText("sys/metrics?format=prometheus");
  }

  /** The certificate that the server shows to a new connection. Errors are those of {@link send}. */
  async servedCertificate(): Promise<X509Certificate> {
    let certificate: X509Certificate | undefined;
    const look = ({ socket }: IncomingMessage): void => {
      certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    };
    await this.#exchange("GET", "sys/seal-status", { look });
    if (certificate === undefined) {
      throw new Error(`${this.name} answered on a connection without a certificate`);
    }
    return certificate;
  }

  async #exchange(
    method: Method,
    path: string,
    { body, look, timeoutMilliseconds }: ExchangeArgs = {},
  ): Promise<string> {
    const timeout = timeoutMilliseconds ?? this.#target.timeoutMilliseconds ?? defaultTimeoutMilliseconds;
    let message: ClientRequest | undefined;
    const notAsked = (error: Error): Error =>
      new Error(`${this.name} could not be asked for ${path}: ${error.message}`, { cause: error });
    const ask = (): Promise<string> => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      message = this.#send(method, path, body, timeout);
      message.once("error", (error) => {
        reject(notAsked(error));
      });
      message.once("response", (response) => {
        look?.(response);
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) {
            resolve(text);
          } else {
            reject(new VaultError(this.name, method, path, status, reasonsIn(text)));
          }
        });
      });
      return promise;
    };
    return withinPatience(timeout / 1_000, ask, () => {
      const silence = new Error(`${this.name} did not answer ${method} ${path} within ${timeout} ms`);
      // It tells its listeners only once it has a socket, and behind a tunnel it may never get one.
      message?.destroy(silence);
      return notAsked(silence);
    });
  }

  #send(method: Method, path: string, body: object | undefined, timeout: number): ClientRequest {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const { agent, host, port, namespace } = this.#target;
    const message = request({
      agent,
      host,
      port: port ?? 8200,
      method,
      path: `/v1/${path}`,
      // Tells a tunnel how long it may take to open. Node itself counts only the silence of a socket that is there.
      timeout,
      headers: {
        ...(this.#token === undefined ? {} : { "x-vault-token": this.#token }),
        ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        ...(payload === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
      },
    });
    message.end(payload);
    return message;
  }

  /** Lets go of all connections. */
  close(): void {
    this.#target.agent.destroy();
    this.#target.metrics?.agent.destroy();
  }
}

function reasonsIn(text: string): readonly string[] {
  try {
    return (JSON.parse(text) as { errors?: string[] }).errors ?? [];
  } catch {
    return [];
  }
}
