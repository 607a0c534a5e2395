import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { generateKey, readPrivateKey, reformatKey } from "openpgp";

import { adopt } from "../../../../../components/vault/bootstrap/adopt.ts";
import type { BootstrapArgs, BootstrapOutcome } from "../../../../../components/vault/bootstrap/bootstrap.ts";
import {
  readKeyShares,
  writeKeyShares,
  type KeyShares,
} from "../../../../../components/vault/bootstrap/key-shares.ts";
import { refuse } from "../../../../../components/vault/bootstrap/refusal.ts";
import { encodeOperatorKey, operatorFingerprint } from "../../../../../config/operator-key.ts";
import { BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption } from "../../../../support/interruption.ts";
import { ModelClient } from "../../../../support/model-client.ts";
import { clusterId } from "../../../../support/vault-model.ts";

/** Public keys of operators, by the letters that the tests call them. */
const keys = new Map<string, string>();
/** Their fingerprints, by the keys. */
const fingerprints = new Map<string, string>();
const privateKeys = new Map<string, string>();
for (const letter of "abcdef") {
  const { publicKey, privateKey } = await generateKey({ userIDs: [{ name: letter }] });
  const key = await encodeOperatorKey(publicKey);
  privateKeys.set(letter, privateKey);
  keys.set(letter, key);
  fingerprints.set(key, await operatorFingerprint(key));
}

/** The key of a once it was given another end. */
const longer = await encodeOperatorKey(
  (
    await reformatKey({
      privateKey: await readPrivateKey({ armoredKey: privateKeys.get("a") ?? "" }),
      userIDs: [{ name: "a" }],
      keyExpirationTime: 1_000_000,
    })
  ).publicKey,
);

/** The keys of some operators, by their letters. */
function keysOf(letters: string): string[] {
  return Array.from(letters, (letter) => keys.get(letter) ?? "");
}

function fingerprintOf(key: string): string {
  return fingerprints.get(key) ?? "";
}

for (const automatic of [false, true]) {
  describe(`A bootstrapped Vault that ${automatic ? "a key service unseals" : "operators unseal"}, and whose settings change,`, () => {
    let region: BootstrapRegion;
    let outcome: BootstrapOutcome;
    let requests: Interruption;
    let closed: number;

    beforeEach(async () => {
      region = await new BootstrapRegion(automatic).start();
      region.vault.fingerprintOf = fingerprintOf;
      outcome = await region.run(new Interruption(), { operatorKeys: keysOf("abc") });
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
      const before = { ...region.args, operatorKeys: keysOf("abc") };
      return adopt(clusterId, { ...before, ...outcome }, { ...before, ...changes }, servers);
    }

    /** A re-key in Vault, whose answer is lost: the shares are in its own copy alone. */
    function rekeyUnheard(letters: string, threshold: number): KeyShares["shares"] {
      const shares = Array.from(letters, (letter) => ({
        fingerprint: fingerprintOf(keys.get(letter) ?? ""),
        ciphertext: `new share for ${letter}`,
      }));
      region.vault.shares = shares.map(({ ciphertext }) => ciphertext);
      region.vault.threshold = threshold;
      // Vault sorts them.
      region.vault.backup = Object.fromEntries(
        shares
          .toSorted((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))
          .map(({ fingerprint, ciphertext }) => [fingerprint, [ciphertext]]),
      );
      return shares;
    }

    /** What a re-key for two operators leaves. */
    async function rekey(changes: Partial<KeyShares> = {}): Promise<KeyShares["shares"]> {
      const shares = rekeyUnheard("de", 2);
      const kept = { clusterId, shares, operatorKeys: keysOf("de"), threshold: 2, ...changes };
      await writeKeyShares(region.store.kubeconfig, "vault", kept);
      return shares;
    }

    function keptShares(): Promise<KeyShares | undefined> {
      return readKeyShares(region.store.kubeconfig, "vault");
    }

    test("is looked at alone where the change is none of its own", async () => {
      assert.deepEqual(await run({ timeoutSeconds: 1 }), outcome);
      assert.deepEqual(requests.requests, ["GET sys/seal-status of vault-0"]);
    });

    test("stays as it is for operators whose keys last longer than they did, or are in another order", async () => {
      assert.deepEqual(await run({ operatorKeys: [longer, ...keysOf("cb")] }), outcome);
      assert.deepEqual(requests.requests, ["GET sys/seal-status of vault-0"]);
    });

    test("gives the shares of a re-key to operators of whom one's key lasts longer since", async () => {
      const shares = rekeyUnheard("ab", 2);
      assert.deepEqual(await run({ operatorKeys: [longer, ...keysOf("b")] }), { ...outcome, shares });
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
      assert.deepEqual(await run({ operatorKeys: keysOf("de") }), { ...outcome, shares });
      assert.equal(region.vault.backup, undefined);
    });

    test("is asked by its leader for the number of shares, as the others may not know of a re-key yet", async () => {
      region.vault.leader = "vault-2";
      await rekey();
      await run({ operatorKeys: keysOf("de") });
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
      await assert.rejects(run({ operatorKeys: keysOf("de") }), {
        message:
          "no Vault server leads: vault-0 does not lead; vault-1 does not lead; vault-2 does not lead. " +
          "Mend that (`vfed status <stack>` says more), then run `pulumi up` again.",
      });
    });

    test("is refused a change while it is sealed, with what opens it, and left as it is", async () => {
      region.vault.open.clear();
      for (const changes of [{ pulumiPolicy: "another policy" }, { operatorKeys: keysOf("de") }]) {
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

    for (const [change, letters, threshold] of [
      ["a higher threshold", "abc", 3],
      ["fewer operators", "ab", 2],
    ] as const) {
      test(`takes the shares of a re-key to ${change} from its copy where the answer was lost, and keeps them before the copy goes`, async () => {
        const shares = rekeyUnheard(letters, threshold);
        const operatorKeys = keysOf(letters);
        assert.deepEqual(await run({ operatorKeys, threshold }), { ...outcome, shares });
        assert.deepEqual(await keptShares(), { clusterId, shares, operatorKeys, threshold });
        assert.equal(region.vault.backup, undefined);
        const steps = requests.requests;
        const path = automatic ? "sys/rekey/recovery-key-backup" : "sys/rekey/backup";
        const kept = steps.indexOf("PUT Secret vault-key-shares");
        assert.ok(kept >= 0 && kept < steps.indexOf(`DELETE ${path} of vault-0`));
      });

      test(`is refused the old shares after a re-key to ${change} of which nobody has the shares`, async () => {
        rekeyUnheard(letters, threshold);
        region.vault.backup = undefined;
        const before = await keptShares();
        for (const kept of [before, { ...before, threshold: undefined }]) {
          closed = 0;
          await writeKeyShares(region.store.kubeconfig, "vault", kept as KeyShares);
          await assert.rejects(run({ operatorKeys: keysOf(letters), threshold }), {
            message:
              "vault.operators or vault.threshold changed, but nobody kept shares of Vault's key that are for these operators and this threshold. " +
              "Only the present operators can change that: run `vfed rekey` first, then `pulumi up` again.",
          });
          assert.deepEqual((await keptShares())?.shares, outcome.shares);
        }
      });
    }

    for (const threshold of [2, undefined]) {
      test(`takes the shares beside it where it has no copy, ${threshold === undefined ? "also of a version that kept no threshold" : "and their threshold is right"}`, async () => {
        const shares = await rekey({ threshold });
        region.vault.backup = undefined;
        assert.deepEqual(await run({ operatorKeys: keysOf("de") }), { ...outcome, shares });
      });
    }

    for (const [change, changes] of [
      ["number of operators", { operatorKeys: keysOf("abcd") }],
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

    test("is refused another operator without a re-key, and left as it is", async () => {
      await assert.rejects(
        run({ operatorKeys: keysOf("abd") }),
        /nobody kept shares of Vault's key that are for these operators/,
      );
      assert.deepEqual((await keptShares())?.shares, outcome.shares);
    });

    test("is refused operators that a re-key was not for, and keeps its copy of the shares", async () => {
      const shares = await rekey();
      await assert.rejects(run({ operatorKeys: keysOf("df") }), (error: Error) => {
        assert.match(error.message, /Vault's key still has the shares of its last re-key, which was for /);
        assert.ok(shares.every(({ fingerprint }) => error.message.includes(fingerprint)));
        return true;
      });
      assert.notEqual(region.vault.backup, undefined);
    });

    test("is refused the shares of another cluster", async () => {
      await rekey({ clusterId: "another-cluster" });
      await assert.rejects(run({ operatorKeys: keysOf("de") }), {
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
