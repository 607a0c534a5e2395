import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";

import { refuse } from "../../../../../components/vault/bootstrap/refusal.ts";
import { BootstrapRegion } from "../../../../support/bootstrap.ts";
import { Interruption } from "../../../../support/interruption.ts";
import { clusterId } from "../../../../support/vault-model.ts";

/** The requests of a run that nothing interrupts. */
async function requestsOf(region: BootstrapRegion): Promise<readonly string[]> {
  const interruption = new Interruption();
  await region.run(interruption);
  return interruption.requests;
}

for (const automatic of [false, true]) {
  describe(`A bootstrap of servers that ${automatic ? "a key service unseals" : "operators unseal"}, whose memory and shares are gone,`, () => {
    let region: BootstrapRegion;

    beforeEach(async () => {
      region = await new BootstrapRegion(automatic).start();
      await region.run();
      region.store.secrets.clear();
    });
    afterEach(() => region.close());

    for (const [survivor, wiped] of [
      ["vault-1", ["vault-0", "vault-2"]],
      ["vault-2", ["vault-0", "vault-1"]],
    ] as const) {
      test(`initialises no empty vault-0 while ${survivor} has data, and changes nothing`, async () => {
        wiped.forEach((name) => {
          region.vault.wipe(name);
        });
        const { shares } = region.vault;
        const interruption = new Interruption();
        await assert.rejects(region.run(interruption), {
          message: refuse("initialised-by-others", region.args).message,
        });
        assert.deepEqual(
          interruption.requests.filter((request) => !request.startsWith("GET ")),
          [],
        );
        assert.equal(region.vault.initialisations, 1);
        assert.equal(region.vault.shares, shares);
        assert.equal(region.store.secrets.size, 0);
      });
    }
  });
}

describe("A bootstrap that goes on after it was killed, and finds vault-0 sealed,", () => {
  let region: BootstrapRegion;

  beforeEach(async () => {
    region = await new BootstrapRegion(true).start();
    const counted = await new BootstrapRegion(true).start();
    const requests = await requestsOf(counted);
    await counted.close();
    // By then it has written which cluster vault-0 belongs to.
    await assert.rejects(
      region.run(new Interruption(requests.indexOf("PUT sys/audit/bootstrap of vault-0"))),
    );
    // A sealed server does not say which cluster it belongs to: the key service opens it only after the first checks.
    region.vault.restart("vault-0", 3);
  });
  afterEach(() => region.close());

  test("refuses it once it is open and belongs to another cluster, and does nothing to it", async () => {
    region.vault.clusterId = "another-cluster";
    const { rootToken } = region.vault;
    const interruption = new Interruption();
    await assert.rejects(region.run(interruption), {
      message:
        `vault-0 belongs to cluster another-cluster, but this stack's is ${clusterId}. ` +
        "Its volume was exchanged for that of another Vault; put the right one back.",
    });
    assert.equal(interruption.requests.at(-1), "GET sys/leader of vault-0");
    assert.deepEqual(
      interruption.requests.filter((request) => !request.startsWith("GET ")),
      [],
    );
    assert.deepEqual([...region.vault.auditDevices], []);
    assert.equal(region.vault.rootToken, rootToken);

    // Its memory still names the right one.
    region.vault.clusterId = clusterId;
    assert.equal((await region.run()).clusterId, clusterId);
    assert.equal(region.vault.initialisations, 1);
  });

  test("goes on once it is open and belongs to the cluster that it remembers", async () => {
    assert.ok((await requestsOf(region)).includes("GET sys/leader of vault-0"));
    assert.deepEqual([...region.vault.open].sort(), region.vault.names);
    assert.equal(region.vault.threshold, 2);
  });
});
