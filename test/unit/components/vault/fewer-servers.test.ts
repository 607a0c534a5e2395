import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { fewerServers, refuseFewerServers } from "../../../../components/vault/fewer-servers.ts";
import { startRuntime } from "../../../support/runtime.ts";

function servers(replicas: number): object {
  return { values: { server: { ha: { replicas } } } };
}

const refusal =
  "vault-federation:vault.replicas can't be lowered from 5 to 3: the servers that go would stay voters of Raft " +
  "for a day, in which the loss of one more stops Vault. Set it to 5.";

describe("A change of the number of Vault servers", () => {
  test("to fewer is refused", () => {
    assert.equal(fewerServers(servers(5), servers(3)), refusal);
  });

  test("to more, to as many, or from none that is known is let through", () => {
    assert.equal(fewerServers(servers(3), servers(5)), undefined);
    assert.equal(fewerServers(servers(3), servers(3)), undefined);
    assert.equal(fewerServers({}, servers(3)), undefined);
  });

  test("is looked at by a hook, at preview too, that stops the update with the explanation", async () => {
    await startRuntime({ stack: "hub", config: {} });
    const hook = refuseFewerServers("a-hook");
    assert.equal(hook.name, "a-hook");
    assert.deepEqual(hook.opts, { onDryRun: true });
    const release = { urn: "", id: "vault", name: "vault", type: "kubernetes:helm.sh/v3:Release" };
    assert.throws(() => hook.callback({ ...release, oldInputs: servers(5), newInputs: servers(3) }), {
      message: refusal,
    });
    assert.equal(hook.callback({ ...release, oldInputs: servers(3), newInputs: servers(5) }), undefined);
  });
});
