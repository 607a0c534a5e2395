import assert from "node:assert/strict";
import { Agent } from "node:https";
import { describe, it } from "node:test";

import { reportChange } from "../../../../cli/commands/secret-options.ts";
import { exitCodeOf, reasonOf } from "../../../../cli/failure.ts";
import type { StoreVault } from "../../../../cli/links/store-vaults.ts";
import type { Delivery } from "../../../../cli/secrets/delivery.ts";
import { lookedAfter } from "../../../../cli/secrets/kept.ts";
import { VaultClient, VaultError } from "../../../../components/vault/api/vault-client.ts";
import { plannedSecret } from "../../../support/secret-plan.ts";
import { silentTerminal } from "../../../support/terminal.ts";

const path = "app/database";
const written = { username: "app", password: "hunter2" };
const arrived = ["vault-local", "vault-remote"].map((store) => ({ store, path, obstacle: "" }));

/** A Vault that has one value, at the secret's path, or answers with a failure. */
class OneValue extends VaultClient {
  readonly #answer: Readonly<Record<string, string>> | number;

  constructor(answer: Readonly<Record<string, string>> | number) {
    super({ name: "vault-0", host: "localhost", agent: new Agent() });
    this.#answer = answer;
  }

  override send<T>(...[method, at]: Parameters<VaultClient["send"]>): Promise<T> {
    assert.deepEqual([method, at], ["GET", `secret/data/${path}`]);
    return typeof this.#answer === "number"
      ? Promise.reject(new VaultError(this.name, method, at, this.#answer, ["permission denied"]))
      : Promise.resolve({ data: { data: this.#answer, metadata: { version: 1 } } } as T);
  }
}

function vault(store: string, answer: Readonly<Record<string, string>> | number): StoreVault {
  return { store, visit: (work) => work(new OneValue(answer)) };
}

/** What is found after a change of a secret that no store replaces. */
async function found(vaults: readonly StoreVault[], deliveries: readonly Delivery[] = arrived) {
  const secret = await plannedSecret({ home: "hub", overwrite: false });
  return lookedAfter(secret, written, deliveries, (look) => look(vaults));
}

describe("a look after a push that replaces nothing", () => {
  const own = vault("vault-local", { password: "hunter2", username: "app" });

  it("finds what was written, in whatever order its keys are", async () => {
    assert.deepEqual(await found([own, vault("vault-remote", written)]), arrived);
  });

  it("finds the Vault that kept what was there, and tells none of its values", async () => {
    const [, remote] = await found([own, vault("vault-remote", { ...written, password: "old" })]);
    assert.deepEqual(remote, {
      store: "vault-remote",
      path,
      obstacle: "it kept what was there",
      kept: "yes",
    });
  });

  it("does not know of a Vault that does not let it read, nor of a store that is none", async () => {
    const [local, remote] = await found([vault("vault-local", 403)]);
    assert.equal(local?.kept, "unknown");
    assert.match(local.obstacle, /^it may have kept what was there: .*403.*permission denied/);
    assert.equal(remote?.kept, "unknown");
    assert.equal(remote.obstacle, "it may have kept what was there: vfed can't look into it");
  });

  it("does not know of a peer that is away, whose own words it leaves", async () => {
    const away = { store: "vault-remote", path, obstacle: "no route to host" };
    let visits = 0;
    const closed: StoreVault = {
      store: "vault-remote",
      visit: () => {
        visits += 1;
        return Promise.reject(new Error("no route to host"));
      },
    };
    const [local, remote] = await found([own, closed], [...arrived.slice(0, 1), away]);
    assert.deepEqual(local, arrived[0]);
    assert.deepEqual(remote, { ...away, kept: "unknown" });
    assert.equal(visits, 0);
  });

  it("does not know of one that refuses the visit, or of any where there is no way to them", async () => {
    const refusing: StoreVault = { store: "vault-local", visit: () => Promise.reject(new Error("sealed")) };
    assert.equal((await found([refusing]))[0]?.obstacle, "it may have kept what was there: sealed");
    const secret = await plannedSecret({ home: "hub", overwrite: false });
    const none = await lookedAfter(secret, written, arrived, () => Promise.reject(new Error("no leader")));
    assert.deepEqual(
      none.map(({ obstacle, kept }) => [obstacle, kept]),
      arrived.map(() => ["it may have kept what was there: no leader", "unknown"]),
    );
  });

  it("is not taken where every store replaces what it has", async () => {
    const secret = await plannedSecret({ home: "hub" });
    const deliveries = await lookedAfter(secret, written, arrived, () => assert.fail("a Vault was opened"));
    assert.deepEqual(deliveries, arrived);
  });
});

describe("the report of such a change", () => {
  const end = (...deliveries: readonly Delivery[]): readonly [code: unknown, text: string] => {
    try {
      reportChange(silentTerminal({}), { stack: "hub", path, revision: 1, deliveries }, undefined);
      return [0, ""];
    } catch (error) {
      return [exitCodeOf(error), reasonOf(error)];
    }
  };
  const kept = { store: "vault-remote", path, obstacle: "it kept what was there", kept: "yes" } as const;
  const away = { store: "vault-local", path, obstacle: "no route to host", kept: "unknown" } as const;

  it("ends with 1 where a store kept what was there, wherever else it hangs, and says both ways on", () => {
    const [code, text] = end(away, kept);
    assert.equal(
      text,
      "vault-remote kept what was there: with `overwrite: false` app/database is written only where nothing is yet. " +
        'If what was entered now is to take its place, set secrets["app/database"].overwrite to true in Pulumi.hub.yaml ' +
        "and run `pulumi up`. If not, delete that (kubectl delete secret -n secret-sources app.database), and run " +
        "`vfed secret restore`, which gets back what a peer has.",
    );
    assert.equal(code, 1);
  });

  it("ends with 2 where that is not known, and does not claim that it follows by itself", () => {
    const [code, text] = end(away);
    assert.match(
      text,
      /it is not known whether it is in vault-local: with `overwrite: false` each keeps what it has/,
    );
    assert.doesNotMatch(text, /by itself/);
    assert.equal(code, 2);
  });
});
