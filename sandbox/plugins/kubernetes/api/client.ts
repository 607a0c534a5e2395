import { Agent as PlainAgent, request as plainRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { Agent, request as secureRequest } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import type { Properties } from "../../frame/values.ts";
import { ApiError, UnreachableError } from "./api-error.ts";
import type { ApiStatus } from "./api-error.ts";
import type { Connection } from "./kubeconfig.ts";

/** One request to an API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path from the server's root, with slash. */
  readonly path: string;
  /** Members that are `undefined` are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Defaults to `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds without a sign of life after which a request counts as lost. */
const SILENCE_LIMIT = 30_000;

/** How often a request is repeated that the server postpones (429), or that never reached it. */
const REPETITIONS = 5;

/** Speaks JSON with one API server over connections that stay open. */
export class ApiClient {
  readonly #connection: Connection;
  readonly #agent: Agent | PlainAgent;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#agent = connection.server.startsWith("https:")
      ? new Agent({
          keepAlive: true,
          ca: connection.authority,
          cert: connection.clientCertificate,
          key: connection.clientKey,
          rejectUnauthorized: connection.verifiesServer,
          ...(connection.serverName === undefined ? {} : { servername: connection.serverName }),
        })
      : new PlainAgent({ keepAlive: true });
  }

  /** URL of the API server. */
  get server(): string {
    return this.#connection.server;
  }

  /**
   * Sends a request and answers the body. Postponed requests (429) are repeated when the server says.
   * @throws ApiError if the server refuses, UnreachableError if it can't be reached, the signal's reason if aborted.
   */
  async send(request: ApiRequest): Promise<Properties> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#sendOnce(request);
      } catch (error) {
        if (attempt > REPETITIONS || !mayRepeat(error, request)) {
          throw error;
        }
        const seconds = error instanceof ApiError ? (error.retryAfterSeconds ?? 1) : 0;
        await delay(seconds * 1000, undefined, { signal: request.signal });
      }
    }
  }

  /** Closes the open connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #sendOnce(request: ApiRequest): Promise<Properties> {
    request.signal?.throwIfAborted();
    const response = await this.#exchange(request);
    const described = `${request.method} ${request.path}`;
    let body: unknown;
    try {
      body = response.text === "" ? {} : JSON.parse(response.text);
    } catch {
      throw new ApiError(response.code, { message: `${described}: ${excerpt(response.text)}` }, described);
    }
    if (response.code >= 300) {
      throw new ApiError(response.code, body as ApiStatus, described, response.retryAfterSeconds);
    }
    return body as Properties;
  }

  #exchange(
    request: ApiRequest,
  ): Promise<{ code: number; text: string; retryAfterSeconds: number | undefined }> {
    const url = new URL(this.#connection.server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) {
        url.searchParams.set(name, value);
      }
    }
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers = {
      accept: "application/json",
      "user-agent": "pulumi-kubernetes",
      ...(this.#connection.token === undefined ? {} : { authorization: `Bearer ${this.#connection.token}` }),
      // Node leaves the length of a DELETE's body out, and the server then takes it for none.
      ...(body === undefined
        ? {}
        : {
            "content-type": request.contentType ?? "application/json",
            "content-length": String(body.length),
          }),
    };
    const send = url.protocol === "https:" ? secureRequest : plainRequest;
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        reject(request.signal?.aborted ? (request.signal.reason as Error) : this.#unreachable(error));
      };
      const sent = send(
        url,
        {
          method: request.method,
          headers,
          agent: this.#agent,
          signal: request.signal,
          timeout: SILENCE_LIMIT,
        },
        (response: IncomingMessage) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", fail);
          response.on("end", () => {
            const retryAfter = Number(response.headers["retry-after"]);
            resolve({
              code: response.statusCode ?? 0,
              text: Buffer.concat(chunks).toString("utf8"),
              retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
            });
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer for ${String(SILENCE_LIMIT / 1000)} s`)));
      sent.on("error", fail);
      sent.end(body);
    });
  }

  #unreachable(error: Error): UnreachableError {
    return new UnreachableError(
      `the Kubernetes API server ${this.#connection.server} can't be reached: ${error.message}`,
      { cause: error },
    );
  }
}

function mayRepeat(error: unknown, request: ApiRequest): boolean {
  if (error instanceof ApiError) {
    return error.code === 429;
  }
  // A server may close an idle connection just when it is used again; only reading may be repeated blindly.
  const cause = error instanceof UnreachableError ? (error.cause as NodeJS.ErrnoException) : undefined;
  return request.method === "GET" && cause?.code === "ECONNRESET";
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
