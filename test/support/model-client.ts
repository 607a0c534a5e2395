import { Agent } from "node:https";

import { VaultClient, VaultError } from "../../components/vault/api/vault-client.ts";
import { Refusal, type VaultModel } from "./vault-model.ts";

/** A client of one of the model's servers. */
export class ModelClient extends VaultClient {
  readonly #model: VaultModel;
  readonly #token: string | undefined;

  constructor(model: VaultModel, name: string, token?: string) {
    super({ name, host: "vault", agent: new Agent() }, token);
    this.#model = model;
    this.#token = token;
  }

  override withToken(token: string): VaultClient {
    return new ModelClient(this.#model, this.name, token);
  }

  override async send<T = unknown>(
    ...[method, path, body, limit]: Parameters<VaultClient["send"]>
  ): Promise<T> {
    await Promise.resolve();
    if (limit?.timeoutMilliseconds !== undefined) {
      this.#model.limits.set(`${method} ${path}`, limit.timeoutMilliseconds);
    }
    return this.#model.interruption.pass(`${method} ${path} of ${this.name}`, () => {
      try {
        return this.#model.answer(this.name, method, path, { ...body }, this.#token) as T;
      } catch (error) {
        throw error instanceof Refusal
          ? new VaultError(this.name, method, path, error.status, [error.message])
          : error;
      }
    });
  }
}
