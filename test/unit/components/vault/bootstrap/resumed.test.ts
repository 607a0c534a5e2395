import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import type { BootstrapArgs } from "../../../../../components/vault/bootstrap/bootstrap.ts";
import type { EncryptedShare } from "../../../../../components/vault/bootstrap/journal.ts";
import { readKeyShares, writeKeyShares } from "../../../../../components/vault/bootstrap/key-shares.ts";
import { operatorFingerprint } from "../../../../../config/operator-key.ts";
import { BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption } from "../../../../support/interruption.ts";
import { binaryForm, operators } from "../../../../support/operators.ts";
import { clusterId } from "../../../../support/vault-model.ts";

const [alice = "", bob = "", carol = ""] = operators.map(binaryForm);
const fingerprints = new Map<string, string>();
for (const key of [alice, bob, carol]) {
  fingerprints.set(key, await operatorFingerprint(key));
}

const original = { operatorKeys: [alice, bob], threshold: 2 };

/** Requests of a bootstrap for {@link original} that nothing interrupts. */
async function requestsOf(automatic: boolean): Promise<readonly string[]> {
  const region = await new BootstrapRegion(automatic).start();
  const interruption = new Interruption();
  await region.run(interruption, original);
  await region.close();
  return interruption.requests;
}

for (const automatic of [false, true]) {
  const requests = await requestsOf(automatic);
  const ceremony = automatic ? "sys/rekey-recovery-key" : "sys/rekey";
  const handedOver = requests.indexOf(`PUT ${ceremony}/update of vault-0`);

  describe(`A bootstrap of servers that ${automatic ? "a key service unseals" : "operators unseal"}, which goes on after it was killed,`, () => {
    let region: BootstrapRegion;

    beforeEach(async () => {
      region = await new BootstrapRegion(automatic).start();
      region.vault.fingerprintOf = (key) => fingerprints.get(key) ?? "";
    });
    afterEach(() => region.close());

    /** Shares as Vault's present key has them. */
    function sharesFor(keys: readonly string[]): EncryptedShare[] {
      return keys.map((key, index) => ({
        fingerprint: fingerprints.get(key) ?? "",
        ciphertext: region.vault.shares[index] ?? "",
      }));
    }

    /** What `vfed rekey` does: a new key in Vault, and its shares beside it. */
    async function rekey(operatorKeys: readonly string[], threshold: number): Promise<EncryptedShare[]> {
      region.store.interruption = new Interruption();
      region.vault.shares = operatorKeys.map((_, index) => `share ${index} of the re-key`);
      region.vault.threshold = threshold;
      const shares = sharesFor(operatorKeys);
      await writeKeyShares(region.store.kubeconfig, "vault", { clusterId, shares, operatorKeys, threshold });
      return shares;
    }

    function killAt(request: number, moment: "before" | "after" = "before"): Promise<void> {
      return assert.rejects(region.run(new Interruption(request, moment), original));
    }

    const changes: readonly [string, Partial<BootstrapArgs>, string][] = [
      [
        "another operator",
        { operatorKeys: [alice, carol], threshold: 2 },
        "nobody kept shares of Vault's key that are for these operators and this threshold",
      ],
      [
        "one operator more",
        { operatorKeys: [alice, bob, carol], threshold: 2 },
        "Vault's key still has 2 shares with a threshold of 2",
      ],
    ];

    for (const [title, changed, reason] of changes) {
      for (const [position, index, moment] of [
        ["before the shares were in its memory", handedOver, "after"],
        ["once the shares were handed over", handedOver + 1, "after"],
        ["at its last request", requests.length - 1, "before"],
      ] as const) {
        test(`is refused ${title} ${position}, records whom the shares are for, and ends well after a re-key`, async () => {
          await killAt(index, moment);
          const refusal = {
            message:
              `vault.operators or vault.threshold changed, but ${reason}. ` +
              "Only the present operators can change that: run `vfed rekey` first, then `pulumi up` again.",
          };
          await assert.rejects(region.run(new Interruption(), changed), refusal);
          const shares = sharesFor(original.operatorKeys);
          assert.deepEqual(await readKeyShares(region.store.kubeconfig, "vault"), {
            clusterId,
            shares,
            ...original,
          });
          await assert.rejects(region.run(new Interruption(), changed), refusal);

          const { operatorKeys = [], threshold = 0 } = changed;
          const fresh = await rekey(operatorKeys, threshold);
          assert.deepEqual((await region.run(new Interruption(), changed)).shares, fresh);
        });
      }
    }

    test("is refused another threshold after the hand-over", async () => {
      const all = { operatorKeys: [alice, bob, carol], threshold: 2 };
      await assert.rejects(region.run(new Interruption(requests.length - 1), all));
      await assert.rejects(
        region.run(new Interruption(), { ...all, threshold: 3 }),
        /but Vault's key still has 3 shares with a threshold of 2\./,
      );
    });

    test("hands over to other operators than it was begun for, where it had not handed over yet", async () => {
      await killAt(handedOver);
      const changed = { operatorKeys: [bob, carol], threshold: 2 };
      const { shares } = await region.run(new Interruption(), changed);
      assert.deepEqual(shares, sharesFor(changed.operatorKeys));
      assert.deepEqual(await readKeyShares(region.store.kubeconfig, "vault"), {
        clusterId,
        shares,
        ...changed,
      });
    });

    for (const operatorKeys of [original.operatorKeys, [bob, carol]]) {
      const whom = operatorKeys === original.operatorKeys ? "the same operators" : "others";
      test(`gives the shares of a re-key to ${whom} that came in between`, async () => {
        await killAt(requests.length - 4);
        const fresh = await rekey(operatorKeys, 2);
        const { shares } = await region.run(new Interruption(), { operatorKeys, threshold: 2 });
        assert.deepEqual(shares, fresh);
        assert.deepEqual((await readKeyShares(region.store.kubeconfig, "vault"))?.shares, fresh);
      });
    }

    test("leaves Vault's copy of the shares of a re-key that are nowhere else, and takes them from there", async () => {
      await killAt(requests.indexOf("GET auth/token/lookup-self of vault-0"));
      region.vault.shares = ["share 0 of the re-key", "share 1 of the re-key"];
      const shares = sharesFor([bob, carol]);
      region.vault.backup = Object.fromEntries(
        shares.map(({ fingerprint, ciphertext }) => [fingerprint, [ciphertext]]),
      );
      const outcome = await region.run(new Interruption(), { operatorKeys: [bob, carol], threshold: 2 });
      assert.deepEqual(outcome.shares, shares);
      assert.equal(region.vault.backup, undefined);
    });
  });
}
