import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";

import { readKeyShares, writeKeyShares } from "../../../../../components/vault/bootstrap/key-shares.ts";
import { assertFinished, BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption, type Moment } from "../../../../support/interruption.ts";
import { withSleepsEnded } from "../../../../support/time.ts";
import { clusterId } from "../../../../support/vault-model.ts";

/** Where a run ends at its first write, after which Vault has been asked to initialise itself and nobody has its answer. */
const init = "PUT sys/init of vault-0";
const write = "PUT Secret vault-bootstrap";

for (const automatic of [false, true]) {
  const seal = automatic ? "that a key service unseals" : "that operators unseal";
  /** The requests of a run that nothing interrupts. */
  const region = await new BootstrapRegion(automatic).start();
  const uninterrupted = new Interruption();
  const outcome = await region.run(uninterrupted);
  const { requests } = uninterrupted;

  describe(`A bootstrap of servers ${seal}, which nothing interrupts,`, () => {
    after(() => region.close());

    test("waits longer for Vault's only answer to its initialisation than for any other", () => {
      assert.deepEqual([...region.vault.limits], [["PUT sys/init", 120_000]]);
    });

    test("opens Vault, hands it over to its operators, lets Pulumi in, and leaves nothing of its own but the shares", async () => {
      await assertFinished(region, outcome);
    });

    test("gives the servers its temporary key only where nobody else unseals them", () => {
      const unsealed = requests.filter((request) => request.startsWith("PUT sys/unseal"));
      assert.deepEqual(
        unsealed,
        automatic ? [] : region.vault.names.map((name) => `PUT sys/unseal of ${name}`),
      );
    });

    test("records what the root token does before it does anything else", () => {
      const privileged = requests.filter((request) => !/Secret|seal|init of|leader|autopilot/.test(request));
      assert.equal(privileged[0], "PUT sys/audit/bootstrap of vault-0");
      assert.equal(privileged.at(-1), "POST auth/token/revoke-self of vault-0");
    });

    test("writes what it is about to do before it initialises Vault, and the answer right after", () => {
      const position = requests.indexOf(init);
      assert.equal(requests[position - 1], "POST Secret vault-bootstrap");
      assert.equal(requests[position + 1], write);
    });

    test("leaves the shares beside Vault before the root token goes, and Vault's own copy of them with it", () => {
      const left = requests.indexOf("POST Secret vault-key-shares");
      const copy = automatic ? "sys/rekey/recovery-key-backup" : "sys/rekey/backup";
      assert.ok(left >= 0 && left < requests.indexOf(`DELETE ${copy} of vault-0`));
    });

    test("does nothing but look when it runs again, and has the same outcome", async () => {
      const again = new Interruption();
      assert.deepEqual(await region.run(again), outcome);
      assert.deepEqual(again.requests, [
        "GET Secret vault-bootstrap",
        "GET sys/seal-status of vault-0",
        "GET Secret vault-key-shares",
      ]);
    });
  });

  describe(`A bootstrap of servers ${seal}, which is killed`, () => {
    const answerLost = requests.indexOf(init);

    for (const [index, request] of requests.entries()) {
      for (const moment of ["before", "after"] as const satisfies readonly Moment[]) {
        // The write that keeps the answer is lost together with it when it is not carried out.
        const isLost =
          (index === answerLost && moment === "after") || (index === answerLost + 1 && moment === "before");
        const end = isLost ? "is refused by the next, as nobody has the key" : "is completed by the next";

        test(`${moment} request ${index}, ${request}, ${end}`, async () => {
          const killed = await new BootstrapRegion(automatic).start();
          try {
            await assert.rejects(killed.run(new Interruption(index, moment)));
            if (isLost) {
              await assert.rejects(
                killed.run(),
                /^Error: vault-0 was initialised by an update that was killed/,
              );
              assert.equal(killed.vault.initialisations, 1);
            } else {
              await assertFinished(killed, await killed.run());
            }
          } finally {
            await killed.close();
          }
        });
      }
    }
  });
}

test("A bootstrap keeps Vault's only answer although its time is up by then, and the first write of it fails", async () => {
  const region = await new BootstrapRegion().start();
  const interruption = new Interruption();
  const pass = interruption.pass.bind(interruption);
  const breakConnection = (): never => {
    throw new Error("the connection broke");
  };
  interruption.pass = <T>(request: string, act: () => T): T => {
    const isFirstWrite = interruption.requests.at(-1) === init;
    if (request === init) {
      mock.timers.setTime(Date.now() + 3_600_000);
    }
    return pass(request, isFirstWrite ? breakConnection : act);
  };
  mock.timers.enable({ apis: ["Date"] });
  try {
    const outcome = await withSleepsEnded(1_000, () => region.run(interruption, { timeoutSeconds: 600 }));
    await assertFinished(region, outcome);
  } finally {
    mock.timers.reset();
    await region.close();
  }
});

/** A bootstrap that was killed before it could end. */
async function almostFinished(automatic: boolean): Promise<BootstrapRegion> {
  const counted = await new BootstrapRegion(automatic).start();
  const killed = await new BootstrapRegion(automatic).start();
  const interruption = new Interruption();
  await counted.run(interruption);
  await counted.close();
  await assert.rejects(killed.run(new Interruption(interruption.requests.lastIndexOf(write), "before")));
  return killed;
}

describe("A bootstrap refuses to go on", () => {
  let broken: BootstrapRegion;
  before(async () => {
    broken = await new BootstrapRegion().start();
    await broken.run();
  });
  after(() => broken.close());

  test("when Vault is empty although it was initialised, and initialises nothing", async () => {
    broken.vault.initialisations = 0;
    await assert.rejects(broken.run(), (error: Error) => {
      assert.ok(
        error.message.startsWith(
          `vault-0 is empty, but this stack's Vault exists: its cluster id is ${clusterId}. `,
        ),
      );
      return true;
    });
    assert.equal(broken.vault.initialisations, 0);
  });

  test("when vault-0 has the data of another cluster than the one that it remembers", async () => {
    broken.vault.initialisations = 1;
    broken.vault.clusterId = "another-cluster";
    await assert.rejects(broken.run(), {
      message:
        `vault-0 belongs to cluster another-cluster, but this stack's is ${clusterId}. ` +
        "Its volume was exchanged for that of another Vault; put the right one back.",
    });
    broken.vault.clusterId = clusterId;
  });

  test("when others initialised Vault", async () => {
    broken.store.secrets.clear();
    await assert.rejects(broken.run(), /^Error: Vault is initialised, but not by this stack/);
    assert.equal(broken.store.secrets.size, 0);
  });

  test("when there are the shares of an earlier Vault, which it leaves alone, and initialises nothing", async () => {
    const fresh = await new BootstrapRegion().start();
    try {
      const earlier = { clusterId: "earlier-cluster", shares: [], operatorKeys: [] };
      await writeKeyShares(fresh.store.kubeconfig, "vault", earlier);
      await assert.rejects(fresh.run(), (error: Error) =>
        error.message.startsWith(
          "vault-0 is empty, but this stack's Vault exists: its cluster id is earlier-cluster. ",
        ),
      );
      assert.equal(fresh.vault.initialisations, 0);
      assert.deepEqual(await readKeyShares(fresh.store.kubeconfig, "vault"), earlier);
    } finally {
      await fresh.close();
    }
  });

  test("when the stack's state was lost, and with it the key of its memory", async () => {
    await broken.close();
    broken = await new BootstrapRegion().start();
    await broken.run();
    const requestsBefore = new Interruption();
    await assert.rejects(
      broken.run(requestsBefore, { journalKey: Buffer.alloc(32, 8).toString("base64") }),
      /holds the memory of a bootstrap, but not of this stack's: its key is another/,
    );
    assert.deepEqual(requestsBefore.requests, ["GET Secret vault-bootstrap"]);
  });

  test("when its memory was copied from another Kubernetes cluster, and asks Vault nothing", async () => {
    const requestsBefore = new Interruption();
    await assert.rejects(
      broken.run(requestsBefore, { kubernetesClusterId: "4243" }),
      /the memory of a bootstrap on the Kubernetes cluster 4242, but this one is 4243/,
    );
    assert.deepEqual(requestsBefore.requests, ["GET Secret vault-bootstrap"]);
  });

  for (const [automatic, message] of [
    [
      false,
      "vault-0 of 3 is sealed, and only the operators hold its key now. Run `vfed unseal <stack>`, then `pulumi up` again.",
    ],
    [
      true,
      "vault-0 was not unsealed by its key service (transit): it is still sealed, and its log says why. " +
        "Once that is mended, `pulumi up` goes on from here.",
    ],
  ] as const) {
    const who = automatic ? "its key service does not unseal it" : "only operators can open it";
    test(`when a server was sealed after the hand-over, and ${who}`, async () => {
      const killed = await almostFinished(automatic);
      try {
        killed.vault.open.delete("vault-0");
        await assert.rejects(killed.run(), { message });
      } finally {
        await killed.close();
      }
    });
  }
});
