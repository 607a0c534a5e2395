import { z } from "zod";
import type { Properties } from "../../frame/values.ts";
import type { Waiting } from "../../schema/kind.ts";
import type { VaultSettings } from "../settings.ts";
import { Connection } from "./connection.ts";
import type { Exchange } from "./connection.ts";
import { failureOf } from "./failure.ts";
import { Session } from "./session.ts";

/** A request to Vault. */
export interface VaultRequest<Schema extends z.ZodType> extends Omit<Exchange, "token" | "namespace"> {
  /** What the answer has to look like. */
  readonly answer: Schema;
}

/** The answer of requests whose answer does not matter. */
export const ANYTHING = z.unknown();

/** The answer of most requests that read. */
const data = z.object({ data: z.record(z.string(), z.unknown()) });

/** Speaks to one Vault as one session. */
export class VaultClient {
  readonly #address: string;
  readonly #connection: Connection;
  readonly #session: Session;

  constructor(settings: VaultSettings) {
    this.#address = settings.address;
    this.#connection = new Connection(settings);
    this.#session = new Session(settings, this.#connection);
  }

  /**
   * Sends a request, after a login if it is the first one.
   * @throws VaultFailure for any error that Vault answers.
   * @throws Error if Vault can't be reached, refuses the login, or answers something else than Vault would.
   */
  async send<Schema extends z.ZodType>(request: VaultRequest<Schema>): Promise<z.output<Schema>> {
    const { answer, ...exchange } = request;
    const { value: token, end } = await this.#session.token(exchange);
    const { status, text } = await this.#connection.exchange({ ...exchange, token });
    if (status >= 300) {
      const failure = failureOf(status, text, { ...exchange, address: this.#address });
      if (status === 403 && end !== undefined && Date.now() >= end) {
        failure.message +=
          ": the run's token has expired; raise the provider's maxLeaseTtlSeconds, and run again";
      }
      throw failure;
    }
    const result = answer.safeParse(parseJson(text));
    if (result.success) {
      return result.data;
    }
    throw new Error(
      `${request.method} ${this.#address}/v1/${request.path} did not answer what Vault answers: ` +
        `${z.prettifyError(result.error)}; check the provider's address or VAULT_ADDR`,
    );
  }

  /** Reads the data at a path. */
  async read(path: string, waiting: Waiting): Promise<Properties> {
    const answer = await this.send({ ...pick(waiting), method: "GET", path, answer: data });
    // What was read from JSON is nothing but plain values.
    return answer.data as Properties;
  }

  /** Writes to a path, whose answer does not matter. */
  async write(path: string, body: object, waiting: Waiting): Promise<void> {
    await this.send({ ...pick(waiting), method: "POST", path, body, answer: ANYTHING });
  }

  /** Deletes a path. */
  async remove(path: string, waiting: Waiting): Promise<void> {
    await this.send({ ...pick(waiting), method: "DELETE", path, answer: ANYTHING });
  }

  /** Logs in, if that has not happened yet. @throws Error with the address and a remedy. */
  async logIn(waiting: Waiting): Promise<void> {
    await this.#session.token(waiting);
  }

  /** Says that a token was made that ends together with the session's own. */
  keepForOffspring(): void {
    this.#session.keepForOffspring();
  }

  /** Ends the session and closes the connections. */
  async close(): Promise<void> {
    await this.#session.close();
    this.#connection.close();
  }
}

/** An operation has more members than a request may carry along. */
function pick({ signal, report }: Waiting): Waiting {
  return { signal, ...(report === undefined ? {} : { report }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
