import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { readKeyShares } from "../../../../../components/vault/bootstrap/key-shares.ts";
import { assertFinished, BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption, type Moment } from "../../../../support/interruption.ts";
import { clusterId, type VaultModel } from "../../../../support/vault-model.ts";

/** The requests of a run that nothing interrupts. */
async function requestsOf(region: BootstrapRegion): Promise<readonly string[]> {
  const uninterrupted = new Interruption();
  await region.start();
  await region.run(uninterrupted);
  await region.close();
  return uninterrupted.requests;
}

/** Restarts servers, so that they are sealed, and another one leads if there is any. */
function restart(vault: VaultModel, servers: readonly string[]): void {
  servers.forEach((server) => vault.open.delete(server));
  vault.leader = [...vault.open][0] ?? vault.leader;
}

/** What operators do who have the shares. */
function unseal(vault: VaultModel): void {
  vault.names.forEach((name) => vault.open.add(name));
}

async function assertSharesLeft({ vault, store }: BootstrapRegion): Promise<void> {
  const left = await readKeyShares(store.kubeconfig, "vault", clusterId);
  assert.deepEqual(
    left?.shares.map(({ ciphertext }) => ciphertext),
    vault.shares,
  );
}

for (const restarted of [["vault-0", "vault-1", "vault-2"], ["vault-0"], ["vault-2"]]) {
  describe(`A bootstrap of servers that operators unseal, which is killed before ${restarted.join(", ")} restarts,`, async () => {
    const requests = await requestsOf(new BootstrapRegion());
    const initialised = requests.indexOf("PUT sys/init of vault-0");
    const rekeyed = requests.indexOf("PUT sys/rekey/update of vault-0");
    const finished = requests.lastIndexOf("PUT Secret vault-bootstrap");
    // Vault keeps a copy of its answer to the re-key, which can be had while others lead.
    const answers = restarted.length === 3 ? [initialised, rekeyed] : [initialised];

    for (const [index, request] of requests.entries()) {
      for (const moment of ["before", "after"] as const satisfies readonly Moment[]) {
        // The write right after either is what keeps the answer.
        const isLost = answers.some((asked) => (moment === "after" ? index === asked : index === asked + 1));
        const isRekeyed = index > rekeyed || (index === rekeyed && moment === "after");
        const isFinished = index > finished || (index === finished && moment === "after");
        const isAwaited = isRekeyed && !isLost && !isFinished && restarted.includes("vault-0");
        const end = isLost
          ? "is refused by the next, as nobody has the key"
          : isAwaited
            ? "leaves the shares for its operators, and is completed once they have used them"
            : isRekeyed
              ? "is completed by the next, which leaves what is sealed to its operators"
              : "is completed by the next";

        test(`${moment} request ${index}, ${request}, ${end}`, async () => {
          const killed = await new BootstrapRegion().start();
          try {
            await assert.rejects(killed.run(new Interruption(index, moment)));
            const { vault } = killed;
            restart(vault, restarted);
            if (isLost) {
              await assert.rejects(
                killed.run(),
                /^Error: vault-0 was initialised by an update that was killed before it could keep the answer/,
              );
              return;
            }
            if (isAwaited) {
              await assert.rejects(killed.run(), {
                message:
                  "vault-0 of 3 is sealed, and only the operators hold its key now. " +
                  "Run `vfed unseal <stack>`, then `pulumi up` again.",
              });
              await assertSharesLeft(killed);
              unseal(vault);
            }
            const outcome = await killed.run();
            if (isRekeyed && !isAwaited) {
              assert.deepEqual(
                vault.names.filter((name) => !vault.open.has(name)),
                restarted,
              );
              unseal(vault);
            }
            await assertFinished(killed, outcome);
          } finally {
            await killed.close();
          }
        });
      }
    }
  });
}

for (const automatic of [false, true]) {
  describe(`A bootstrap of servers that ${automatic ? "a key service unseals" : "operators unseal"}, which is killed before it has Vault's answer to the re-key,`, () => {
    let killed: BootstrapRegion;

    beforeEach(async () => {
      const requests = await requestsOf(new BootstrapRegion(automatic));
      const ceremony = automatic ? "sys/rekey-recovery-key" : "sys/rekey";
      killed = await new BootstrapRegion(automatic).start();
      await assert.rejects(
        killed.run(new Interruption(requests.indexOf(`PUT ${ceremony}/update of vault-0`), "after")),
      );
    });
    afterEach(() => killed.close());

    test("gives nothing up while the others have yet to elect a leader, and has the shares from the one they elect", async () => {
      const { vault } = killed;
      vault.open.delete("vault-0");
      await assert.rejects(killed.run(), {
        message:
          "the Vault servers don't say whether their key was handed over: none of them leads yet. " +
          "Once that is mended, `pulumi up` goes on from here.",
      });
      vault.leader = "vault-1";
      await assert.rejects(
        killed.run(),
        /^Error: vault-0 (of 3 is sealed, and only|was not unsealed by its key)/,
      );
      await assertSharesLeft(killed);
    });

    if (automatic) {
      test("has the shares although its servers are unsealed only after a while", async () => {
        const { vault } = killed;
        // They are found sealed as they answer, and when the copy is looked for.
        vault.restart("vault-1", 2);
        vault.restart("vault-2", 2);
        await assertFinished(killed, await killed.run());
      });
    }
  });
}
