import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { adopt } from "../../../../../components/vault/bootstrap/adopt.ts";
import type { BootstrapArgs, BootstrapOutcome } from "../../../../../components/vault/bootstrap/bootstrap.ts";
import { writeKeyShares, type KeyShares } from "../../../../../components/vault/bootstrap/key-shares.ts";
import { refuse } from "../../../../../components/vault/bootstrap/refusal.ts";
import { BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption } from "../../../../support/interruption.ts";
import { clusterId, ModelClient } from "../../../../support/vault-model.ts";

for (const automatic of [false, true]) {
  describe(`A bootstrapped Vault that ${automatic ? "a key service unseals" : "operators unseal"}, and whose settings change,`, () => {
    let region: BootstrapRegion;
    let outcome: BootstrapOutcome;
    let requests: Interruption;
    let closed: number;

    beforeEach(async () => {
      region = await new BootstrapRegion(automatic).start();
      outcome = await region.run();
      closed = 0;
    });
    afterEach(async () => {
      assert.equal(closed, 1);
      assert.deepEqual([...region.vault.logins], []);
      await region.close();
    });

    /** One update with changed settings. */
    function run(changes: Partial<BootstrapArgs>): Promise<BootstrapOutcome> {
      requests = new Interruption();
      region.vault.interruption = requests;
      region.store.interruption = requests;
      const all = region.vault.names.map((name) => new ModelClient(region.vault, name));
      const first = new ModelClient(region.vault, "vault-0");
      const servers = { all, first, close: () => (closed += 1) };
      return adopt(clusterId, { ...region.args, ...outcome }, { ...region.args, ...changes }, servers);
    }

    /** What a re-key for two operators leaves. */
    async function rekey(changes: Partial<KeyShares> = {}): Promise<KeyShares["shares"]> {
      region.vault.shares = ["share for key-d", "share for key-e"];
      region.vault.threshold = 2;
      region.vault.backup = { "fingerprint of key-d": ["share for key-d"] };
      const shares = ["d", "e"].map((name) => ({
        fingerprint: `fingerprint of key-${name}`,
        ciphertext: `share for key-${name}`,
      }));
      const kept = { clusterId, shares, operatorKeys: ["key-d", "key-e"], ...changes };
      await writeKeyShares(region.store.kubeconfig, "vault", kept);
      return shares;
    }

    test("is looked at alone where the change is none of its own", async () => {
      assert.deepEqual(await run({ timeoutSeconds: 1 }), outcome);
      assert.deepEqual(requests.requests, ["GET sys/seal-status of vault-0"]);
    });

    test("gets Pulumi's new policy by Pulumi's own login, which it then forgets", async () => {
      assert.deepEqual(await run({ pulumiPolicy: "another policy" }), outcome);
      assert.deepEqual([...region.vault.policies], [["pulumi", "another policy"]]);
      assert.deepEqual(requests.requests, [
        "GET sys/seal-status of vault-0",
        "GET sys/leader of vault-0",
        "GET sys/seal-status of vault-0",
        "POST auth/approle/login of vault-0",
        "PUT sys/policies/acl/pulumi of vault-0",
        "POST auth/token/revoke-self of vault-0",
      ]);
    });

    test("gives the shares of a re-key to the new operators, and its own copy of them up", async () => {
      const shares = await rekey();
      assert.deepEqual(await run({ operatorKeys: ["key-d", "key-e"] }), { ...outcome, shares });
      assert.equal(region.vault.backup, undefined);
    });

    test("is asked by its leader for the number of shares, as the others may not know of a re-key yet", async () => {
      region.vault.leader = "vault-2";
      await rekey();
      await run({ operatorKeys: ["key-d", "key-e"] });
      assert.deepEqual(requests.requests.slice(0, 5), [
        "GET sys/seal-status of vault-0",
        "GET sys/leader of vault-0",
        "GET sys/leader of vault-1",
        "GET sys/leader of vault-2",
        "GET sys/seal-status of vault-2",
      ]);
    });

    test("is refused new operators while no server leads", async () => {
      region.vault.leader = "";
      await assert.rejects(run({ operatorKeys: ["key-d", "key-e"] }), {
        message:
          "no Vault server leads: vault-0 does not lead; vault-1 does not lead; vault-2 does not lead. " +
          "Mend that (`vfed status <stack>` says more), then run `pulumi up` again.",
      });
    });

    test("is refused a change while it is sealed, with what opens it, and left as it is", async () => {
      region.vault.open.clear();
      for (const changes of [{ pulumiPolicy: "another policy" }, { operatorKeys: ["key-d", "key-e"] }]) {
        closed = 0;
        await assert.rejects(run(changes), {
          message:
            "no Vault server leads: vault-0 is sealed; vault-1 is sealed; vault-2 is sealed. " +
            "Mend that (unseal them with `vfed unseal <stack>`), then run `pulumi up` again.",
        });
      }
      assert.deepEqual([...region.vault.policies], [["pulumi", "a policy"]]);
    });

    test("takes a change over by its leader while vault-0 is sealed", async () => {
      region.vault.open.delete("vault-0");
      region.vault.leader = "vault-1";
      await run({ pulumiPolicy: "another policy" });
      assert.deepEqual([...region.vault.policies], [["pulumi", "another policy"]]);
    });

    test("is refused when its leader is another cluster than it was", async () => {
      region.vault.open.delete("vault-0");
      region.vault.leader = "vault-1";
      region.vault.clusterId = "another-cluster";
      await assert.rejects(
        run({ pulumiPolicy: "another policy" }),
        /^Error: vault-1 belongs to cluster another-cluster/,
      );
    });

    for (const [change, changes] of [
      ["operators", { operatorKeys: ["key-a", "key-b", "key-d"] }],
      ["threshold", { threshold: 3 }],
    ] as const) {
      test(`is refused a change of the ${change} without a re-key, and left as it is`, async () => {
        await assert.rejects(run(changes), {
          message:
            "vault.operators or vault.threshold changed, but Vault's key still has 3 shares with a threshold of 2. " +
            "Only the present operators can change that: run `vfed rekey` first, then `pulumi up` again.",
        });
        assert.deepEqual(requests.requests, [
          "GET sys/seal-status of vault-0",
          "GET sys/leader of vault-0",
          "GET sys/seal-status of vault-0",
          "GET Secret vault-key-shares",
        ]);
      });
    }

    test("is refused operators that a re-key was not for", async () => {
      await rekey();
      await assert.rejects(
        run({ operatorKeys: ["key-d", "key-f"] }),
        /Vault's key still has 2 shares with a threshold of 2/,
      );
      assert.notEqual(region.vault.backup, undefined);
    });

    test("is refused the shares of another cluster", async () => {
      await rekey({ clusterId: "another-cluster" });
      await assert.rejects(run({ operatorKeys: ["key-d", "key-e"] }), {
        message:
          `Secret vault/vault-key-shares holds the key shares of Vault's cluster another-cluster, but this stack's is ${clusterId}. ` +
          "If that cluster is gone for good, delete them: kubectl -n vault delete secret vault-key-shares, then try again.",
      });
    });

    test("is refused when it is empty", async () => {
      region.vault.initialisations = 0;
      await assert.rejects(run({ pulumiPolicy: "another policy" }), {
        message: refuse("data-lost-after-birth", region.args, clusterId).message,
      });
      assert.deepEqual(requests.requests, ["GET sys/seal-status of vault-0"]);
    });

    test("is refused when it is another cluster", async () => {
      region.vault.clusterId = "another-cluster";
      await assert.rejects(run({ pulumiPolicy: "another policy" }), {
        message:
          `vault-0 belongs to cluster another-cluster, but this stack's is ${clusterId}. ` +
          "Its volume was exchanged for that of another Vault; put the right one back.",
      });
      assert.deepEqual(requests.requests, ["GET sys/seal-status of vault-0"]);
    });
  });
}
