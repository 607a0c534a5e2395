import { request, type Agent } from "node:https";

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

/** How a client reaches one Vault server. */
export interface VaultTarget {
  /** What the server is called in messages, such as `vault-0`. */
  readonly name: string;
  /** Host of the request; without meaning behind a tunnel. */
  readonly host: string;
  readonly agent: Agent;
}

const timeoutMilliseconds = 15_000;

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
  async send<T = unknown>(method: "GET" | "PUT" | "POST" | "LIST" | "DELETE", path: string, body?: object): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const message = request({
      agent: this.#target.agent,
      host: this.#target.host,
      port: 8200,
      method,
      path: `/v1/${path}`,
      timeout: timeoutMilliseconds,
      headers: {
        ...(this.#token === undefined ? {} : { "x-vault-token": this.#token }),
        ...(payload === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
      },
    });
    message.once("timeout", () => {
      message.destroy(new Error(`${this.name} did not answer ${method} ${path} within ${timeoutMilliseconds} ms`));
    });
    message.once("error", (error) => {
      reject(new Error(`${this.name} could not be asked for ${path}: ${error.message}`, { cause: error }));
    });
    message.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) {
          resolve((text === "" ? undefined : JSON.parse(text)) as T);
        } else {
          reject(new VaultError(this.name, method, path, status, reasonsIn(text)));
        }
      });
    });
    message.end(payload);
    return promise;
  }

  /** Lets go of the connection. */
  close(): void {
    this.#target.agent.destroy();
  }
}

function reasonsIn(text: string): readonly string[] {
  try {
    return (JSON.parse(text) as { errors?: string[] }).errors ?? [];
  } catch {
    return [];
  }
}
