import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { revisionKey } from "../../../components/federation/register-template.ts";
import { partPath } from "../../../components/federation/secret-paths.ts";
import type { VaultClient } from "../../../components/vault/api/vault-client.ts";
import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { arrivalSeconds, LinkedRegions, regions, shared, type Region } from "../../support/linked-regions.ts";
import { withoutWayTo } from "../../support/network-cut.ts";
import { intendedOutcome, type Part, type Parts } from "../../support/register-model.ts";
import { isThorough, slow } from "../../support/slow.ts";
import { assertExit } from "../../support/command.ts";

const rounds = isThorough ? 40 : 6;
const longestPauseMilliseconds = 1_000;

/** A secret that two regions write is the same in both, whatever happens. */
export function sharedSecretsConverge(hub: () => HubVault): void {
  it("ends with one value everywhere after edits in both regions at the same time, and stays there", async () => {
    const both = new LinkedRegions(hub());
    await Promise.all(
      regions.map(async (region) => {
        for (let round = 1; round <= rounds; round += 1) {
          const entered = await both.enter(region, `${region} ${round} of the edits at the same time`);
          // One of two edits that do not know of each other loses, and says so.
          assertExit(
            entered,
            / changed .* at the same time, and its change holds/.test(entered.output) ? 1 : 0,
          );
          await sleep(Math.random() * longestPauseMilliseconds);
        }
      }),
    );
    await eventually(async () => {
      const [inHub, inEdge] = await Promise.all(regions.map((region) => both.seen(region)));
      // Nobody's last edit is older than the other's but last.
      assert.match(inHub?.value ?? "", new RegExp(`^(hub|edge) ${rounds} of`));
      assert.deepEqual(inEdge, inHub);
    }, arrivalSeconds);

    const value = await both.seen("hub");
    await hub().withRootToken(async (inHub) => {
      await hub().withRootToken(async (inEdge) => {
        const all = (): Promise<number[][]> => Promise.all([inHub, inEdge].map(versions));
        for (const vault of [inHub, inEdge]) {
          assert.deepEqual(intendedOutcome(await partsIn(vault)).data, value);
        }
        const before = await all();
        await afterTwoPushes(both);
        assert.deepEqual(await all(), before);
      }, "edge");
    });
    await both.eventuallySeen(value);
  });

  it("takes an edit for its own workloads while packets to the other region vanish, and brings it there afterwards", async () => {
    const both = new LinkedRegions(hub());
    assertExit(await both.enter("hub", "before packets to the edge vanished"));
    await both.eventuallySeen({ value: "before packets to the edge vanished" });
    const { vaultAddress } = await hub().outputs("edge");
    await withoutWayTo(hub().sandbox, new URL(String(vaultAddress)).hostname, async () => {
      assertExit(await both.enter("hub", "while packets to the edge vanish", "--timeout", "20s"), 2);
      await eventually(async () => {
        assert.deepEqual(await both.seen("hub"), { value: "while packets to the edge vanish" });
      });
      assert.deepEqual(await both.seen("edge"), { value: "before packets to the edge vanished" });
    });
    assertExit(await both.vfed("link", "push", "hub"));
    await both.eventuallySeen({ value: "while packets to the edge vanish" });
    await both.eventuallyLinked();
  });

  it(
    "takes an edit while the other Vault is sealed, whose workloads keep what they had, and brings it there afterwards",
    slow,
    async () => {
      const both = new LinkedRegions(hub());
      assertExit(await both.enter("hub", "before the edge was sealed"));
      await both.eventuallySeen({ value: "before the edge was sealed" });
      await both.seal("edge");

      assertExit(await both.enter("hub", "while the edge was sealed", "--timeout", "20s"), 2);
      await eventually(async () => {
        assert.deepEqual(await both.seen("hub"), { value: "while the edge was sealed" });
      });
      assert.deepEqual(await both.seen("edge"), { value: "before the edge was sealed" });

      await both.unseal("edge");
      await both.eventuallySeen({ value: "while the edge was sealed" });
      await both.eventuallyLinked();
    },
  );

  it("removes a secret in both regions, does not let a region that was away bring it back, and takes a new value", async () => {
    const both = new LinkedRegions(hub());
    await both.seal("edge");
    assertExit(
      await both.vfed("secret", "remove", shared.path, "--yes", "--stack", "hub", "--timeout", "5s"),
      2,
    );
    await both.unseal("edge");
    // The edge's part is older, and still there.
    await both.eventuallySeen({ deleted: "true" });
    await afterTwoPushes(both);
    await both.eventuallySeen({ deleted: "true" });

    assertExit(await both.enter("edge", "a new one after the removal"));
    await both.eventuallySeen({ value: "a new one after the removal" });
  });
}

/** The parts that a Vault has of the secret. */
async function partsIn(vault: VaultClient): Promise<Parts> {
  const parts = regions.map(async (region) => {
    const path = `secret/data/${partPath(shared.path, region)}`;
    const { data } = await vault.send<{ data: { data: Part } }>("GET", path);
    assert.ok(revisionKey in data.data);
    return [region, data.data] as const;
  });
  return Object.fromEntries(await Promise.all(parts));
}

/** The versions that a Vault has of the secret and of its parts. */
async function versions(vault: VaultClient): Promise<number[]> {
  const paths = [shared.path, ...regions.map((region) => partPath(shared.path, region))];
  const metadata = paths.map((path) =>
    vault.send<{ data: { current_version: number } }>("GET", `secret/metadata/${path}`),
  );
  return (await Promise.all(metadata)).map(({ data }) => data.current_version);
}

/** Waits until External Secrets has written the result twice more in both regions. */
async function afterTwoPushes(both: LinkedRegions): Promise<void> {
  const pushedAt = async (region: Region): Promise<string> => {
    const get = ["get", "pushsecret", "demo.from-both.result", "--namespace", "secret-sources"];
    return (await both.kubectl(region, ...get, "--output", "jsonpath={.status.refreshTime}")).stdout;
  };
  await Promise.all(
    regions.map(async (region) => {
      for (let push = 0; push < 2; push += 1) {
        const before = await pushedAt(region);
        await eventually(async () => {
          assert.notEqual(await pushedAt(region), before);
        }, arrivalSeconds);
      }
    }),
  );
}
