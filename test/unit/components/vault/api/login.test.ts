import assert from "node:assert/strict";
import { Agent } from "node:https";
import { describe, it } from "node:test";

import { withLogin } from "../../../../../components/vault/api/login.ts";
import { VaultClient } from "../../../../../components/vault/api/vault-client.ts";

const path = "auth/approle/login";

/** Answers a login, and anything else unless it is told to fail; remembers what it was asked, and by whom. */
class ScriptedClient extends VaultClient {
  readonly #asked: string[];
  readonly #failing: readonly string[];
  readonly #token: string;

  constructor(asked: string[], failing: readonly string[], token = "nobody") {
    super({ name: "vault", host: "vault", agent: new Agent() });
    this.#asked = asked;
    this.#failing = failing;
    this.#token = token;
  }

  override withToken(token: string): VaultClient {
    return new ScriptedClient(this.#asked, this.#failing, token);
  }

  override send<T>(...[method, asked]: Parameters<VaultClient["send"]>): Promise<T> {
    this.#asked.push(`${method} ${asked} by ${this.#token}`);
    return this.#failing.includes(asked)
      ? Promise.reject(new Error(`${asked} failed`))
      : Promise.resolve({ auth: { client_token: "somebody" } } as T);
  }
}

describe("A login", () => {
  const login = `POST ${path} by nobody`;
  const work = "GET secret/data/some by somebody";
  const end = "POST auth/token/revoke-self by somebody";

  async function ask(...failing: readonly string[]): Promise<{ asked: string[]; reason?: string }> {
    const asked: string[] = [];
    try {
      await withLogin(new ScriptedClient(asked, failing), path, {}, (client) =>
        client.send("GET", "secret/data/some"),
      );
      return { asked };
    } catch (error) {
      return { asked, reason: (error as Error).message };
    }
  }

  it("ends after the work", async () => {
    assert.deepEqual(await ask(), { asked: [login, work, end] });
  });

  it("ends after work that failed, too", async () => {
    assert.deepEqual(await ask("secret/data/some"), {
      asked: [login, work, end],
      reason: "secret/data/some failed",
    });
  });

  it("tells why the work failed where the login can't be ended either", async () => {
    assert.deepEqual(await ask("secret/data/some", "auth/token/revoke-self"), {
      asked: [login, work, end],
      reason: "secret/data/some failed",
    });
  });

  it("fails where it can't be ended, as its token would live on", async () => {
    assert.deepEqual(await ask("auth/token/revoke-self"), {
      asked: [login, work, end],
      reason: "auth/token/revoke-self failed",
    });
  });
});
