import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption } from "../../../../support/interruption.ts";
import { withSleepsEnded } from "../../../../support/time.ts";

const look = "GET sys/storage/raft/autopilot/state of vault-0";

/** What autopilot may find of a server that no re-key must miss, and how the bootstrap says it. */
const findings = [
  ["is no voter yet", { status: "non-voter" }, "vault-2 is no voter yet"],
  ["is unhealthy", { healthy: false }, "vault-2 is unhealthy"],
  ["is not among those that have joined", undefined, "2 of 3 servers have joined"],
] as const;

/** Where the bootstrap asks autopilot: which of its looks that is, and what it says if it looks in vain. */
const joining = [
  "before Pulumi is let in",
  1,
  "the Vault servers are not all voters in good health",
] as const;
const handingOver = [
  "before the key is handed over",
  2,
  "the shares can't be handed over while a server is missing",
] as const;

const cases = [
  ...findings.flatMap((finding) => [joining, handingOver].map((place) => [...finding, ...place] as const)),
  [
    "lags six entries behind",
    { last_index: 3 },
    "a server has not caught up with the leader",
    ...handingOver,
  ] as const,
];

/** The requests of a run that has a minute, which passes at once. */
async function requestsOf(region: BootstrapRegion): Promise<readonly string[]> {
  const interruption = new Interruption();
  await withSleepsEnded(1_000, () => region.run(interruption, { timeoutSeconds: 60 }));
  return interruption.requests;
}

for (const automatic of [false, true]) {
  const start = `PUT ${automatic ? "sys/rekey-recovery-key" : "sys/rekey"}/init of vault-0`;
  const ready = await new BootstrapRegion(automatic).start();
  /** What is asked of servers that are ready at once. */
  const undisturbed = await requestsOf(ready);
  await ready.close();
  const looks = undisturbed.flatMap((request, index) => (request === look ? [index] : []));

  describe(`A bootstrap of servers that ${automatic ? "a key service unseals" : "operators unseal"}, one of which`, () => {
    let region: BootstrapRegion;

    beforeEach(async () => {
      region = await new BootstrapRegion(automatic).start();
    });
    afterEach(() => region.close());

    for (const [title, finding, reason, place, first, failure] of cases) {
      const position = looks[first - 1] ?? Number.NaN;

      test(`${title} ${place}, looks again until that is over, and asks for nothing else meanwhile`, async () => {
        region.vault.standing = (server, number) =>
          server === "vault-2" && number >= first && number < first + 3 ? finding : {};
        const requests = await requestsOf(region);
        assert.deepEqual(requests, undisturbed.toSpliced(position, 0, look, look, look));
        assert.ok(requests.lastIndexOf(look) < requests.indexOf(start));
      });

      test(`${title} ${place}, asks for no re-key while that lasts until the time is up, and goes on once it is over`, async () => {
        region.vault.standing = (server, number) => (server === "vault-2" && number >= first ? finding : {});
        const interruption = new Interruption();
        await assert.rejects(region.run(interruption), {
          message: `${failure}: ${reason}. Once that is mended, \`pulumi up\` goes on from here.`,
        });
        const { requests } = interruption;
        assert.deepEqual(requests, undisturbed.slice(0, position + 1));
        assert.equal(requests.includes(start), false);
        assert.equal(region.vault.threshold, 1);
        assert.equal(region.vault.shares.length, 1);
        assert.deepEqual([...region.store.secrets.keys()], ["vault-bootstrap"]);

        region.vault.standing = () => ({});
        const { shares } = await region.run();
        assert.equal(region.vault.threshold, 2);
        assert.deepEqual(
          shares.map(({ ciphertext }) => ciphertext),
          region.vault.shares,
        );
      });
    }

    test("lags five entries behind, as any may between two heartbeats, does not wait for it", async () => {
      region.vault.standing = (server) => (server === "vault-2" ? { last_index: 4 } : {});
      assert.deepEqual(await requestsOf(region), undisturbed);
    });
  });
}
