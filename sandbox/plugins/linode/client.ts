import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Waiting } from "../schema/kind.ts";
import type { LinodeSettings } from "./settings.ts";

const errorBody = z.object({
  errors: z.array(z.object({ reason: z.string(), field: z.string().optional() })).min(1),
});

/** An answer of the API that is an error. */
export class LinodeFailure extends Error {
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "LinodeFailure";
    this.status = status;
  }
}

/** A request to the API. */
export interface LinodeRequest<Schema extends z.ZodType> extends Waiting {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path below the API's version, such as `/lke/clusters`. */
  readonly path: string;
  /** Becomes JSON; defaults to no body. */
  readonly body?: unknown;
  /** What the answer has to look like. */
  readonly answer: Schema;
  /** Becomes the header X-Filter. Defaults to no filter. */
  readonly filter?: Readonly<Record<string, unknown>>;
}

/** The answer of requests whose answer does not matter. */
export const ANYTHING = z.unknown();

/** Speaks to Linode's API; it repeats what the API is too busy for or has not got yet, until `signal` ends it. */
export class LinodeClient {
  readonly settings: LinodeSettings;

  constructor(settings: LinodeSettings) {
    this.settings = settings;
  }

  /**
   * Sends a request.
   * @throws LinodeFailure for any error that the API answers and that repeating does not help against.
   * @throws Error if the API can't be reached or answers something else than the API would.
   */
  async send<Schema extends z.ZodType>(request: LinodeRequest<Schema>): Promise<z.output<Schema>> {
    const { minimumRetryDelay, maximumRetryDelay } = this.settings;
    for (let attempt = 0; ; attempt += 1) {
      const response = await this.#fetch(request);
      const text = await response.text();
      if (response.ok) {
        return this.#read(request, text);
      }
      if (!isWorthRepeating(response, text)) {
        throw new LinodeFailure(response.status, this.#explain(response.status, text));
      }
      const asked = Number(response.headers.get("retry-after") ?? Number.NaN) * 1000;
      const pause = Math.min(
        Number.isNaN(asked) ? minimumRetryDelay * 2 ** attempt : asked,
        maximumRetryDelay,
      );
      request.report?.(
        `${reasons(text) ?? `the API answered ${String(response.status)}`} (attempt ${String(attempt + 2)} soon)`,
      );
      await pauseFor(pause, request.signal);
    }
  }

  /** Reads all pages of a list. */
  async list<Schema extends z.ZodType>(
    path: string,
    item: Schema,
    waiting: Waiting & { readonly filter?: Readonly<Record<string, unknown>> },
  ): Promise<z.output<Schema>[]> {
    const answer = z.object({ data: z.array(item), pages: z.number().int() });
    const read = (page: number) =>
      this.send({ ...waiting, method: "GET", path: `${path}?page=${String(page)}`, answer });
    const first = await read(1);
    const items = first.data;
    for (let page = 2; page <= first.pages; page += 1) {
      items.push(...(await read(page)).data);
    }
    return items;
  }

  async #fetch<Schema extends z.ZodType>(request: LinodeRequest<Schema>): Promise<Response> {
    const { method, path, body, filter, signal } = request;
    const { base, token } = this.settings;
    signal.throwIfAborted();
    try {
      return await fetch(`${base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          "content-type": "application/json",
          ...(filter === undefined ? {} : { "x-filter": JSON.stringify(filter) }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(
        `the Linode API can't be reached at ${base} (${cause}); check linode:url or LINODE_URL, and that it is up`,
        { cause: error },
      );
    }
  }

  #read<Schema extends z.ZodType>(
    { method, path, answer }: LinodeRequest<Schema>,
    text: string,
  ): z.output<Schema> {
    const result = answer.safeParse(parseJson(text));
    if (result.success) {
      return result.data;
    }
    throw new Error(
      `${method} ${this.settings.base}${path} did not answer what the Linode API answers: ` +
        `${z.prettifyError(result.error)}; check linode:url or LINODE_URL`,
    );
  }

  #explain(status: number, text: string): string {
    const message = `[${String(status)}] ${reasons(text) ?? "the API gave no reason"}`;
    if (status === 401) {
      return `${message}: the API at ${this.settings.base} refuses the token; check linode:token or LINODE_TOKEN`;
    }
    return status >= 500
      ? `${message}: the Linode API itself failed; run the same command again, and see https://status.linode.com if it goes on`
      : message;
  }
}

/** Waits; an abort ends it with the signal's reason. */
export async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** The answers that Linode's own client library repeats requests for. */
function isWorthRepeating({ status, headers }: Response, text: string): boolean {
  return (
    status === 429 ||
    status === 408 ||
    (status === 503 && !headers.has("x-maintenance-mode")) ||
    (status === 400 && reasons(text) === "Linode busy.")
  );
}

function reasons(text: string): string | undefined {
  const result = errorBody.safeParse(parseJson(text));
  return result.success
    ? result.data.errors
        .map(({ field, reason }) => (field === undefined ? reason : `[${field}] ${reason}`))
        .join("; ")
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
