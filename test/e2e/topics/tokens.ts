import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { arrivalSeconds, LinkedRegions, regions, type Region } from "../../support/linked-regions.ts";
import { assertExit } from "../../support/command.ts";
import { slow } from "../../support/slow.ts";

/** Life of tokens in the test: two updates that follow each other take less, and a partition can be awaited. */
const lifeSeconds = 180;

const otherThan = { hub: "edge", edge: "hub" } as const;

/** Regions let each other in by tokens that come, go and end by themselves. */
export function tokensRotate(hub: () => HubVault): void {
  it("has a fresh token carried to the other region, in both directions, of which no update knows", async () => {
    const both = new LinkedRegions(hub());
    for (const region of regions) {
      const before = await both.token(otherThan[region]);
      assertExit(await both.vfed("link", "rotate", region));
      await eventuallyAnother(both, otherThan[region], before);
      await both.stack(region).assertUnchanged();
    }
    await both.eventuallyLinked();
  });

  it("refuses a peer at once that was revoked, and lets it in again after an update of each", async () => {
    const both = new LinkedRegions(hub());
    const token = await both.token("edge");
    assert.ok((await both.lifeOf(token, "hub")) > 0);
    assertExit(await both.vfed("link", "revoke", "hub", "--peer", "edge"));
    assert.equal(await both.lifeOf(token, "hub"), 0);
    assertExit(await both.vfed("link", "status", "edge"), 1);

    await both.stack("hub").update("--refresh");
    await both.stack("edge").update();
    await eventuallyAnother(both, "edge", token);
    // What the hub had carried to the edge before must not come back.
    assertExit(await both.vfed("link", "push", "hub"));
    assertExit(await both.vfed("link", "push", "edge"));
    await both.eventuallyLinked();
    assert.ok((await both.lifeOf(await both.token("edge"), "hub")) > 0);
  });

  it(
    "rotates tokens of both directions by itself, lets no token outlive its life, and is linked again by an update of each region after a partition that outlived them",
    slow,
    async () => {
      const both = new LinkedRegions(hub());
      await both.configure({
        "link.rotationInterval": "15s",
        "link.tokenLifetime": `${lifeSeconds}s`,
        "link.refreshInterval": "10s",
      });
      await both.stack("hub").update();
      const [first] = await Promise.all(
        regions.map(async (region) => {
          const token = await eventuallyShortLived(both, region);
          await eventuallyAnother(both, region, await eventuallyAnother(both, region, token));
          return token;
        }),
      );
      await eventuallyRefused(both, "edge", first ?? "");

      await both.seal("edge");
      const sealed = Date.now();
      const [inHub, inEdge] = [await both.token("hub"), await both.token("edge")];
      await eventuallyRefused(both, "hub", inEdge);
      // Nothing that was minted before is good when the Vault is open again: else the regions would help themselves.
      await eventually(() => {
        assert.ok(Date.now() > sealed + lifeSeconds * 1_000);
        return Promise.resolve();
      }, arrivalSeconds);
      await both.unseal("edge");
      await eventuallyRefused(both, "edge", inHub);
      assert.ok((await both.vfed("link", "status", "hub")).exitCode !== 0);

      for (const region of regions) {
        await both.stack(region).update();
      }
      // The edge has a first token now, with which it carries the hub's there; by itself it would not try for minutes.
      assertExit(await both.vfed("link", "push", "edge"));
      await eventually(async () => {
        assertExit(await both.vfed("link", "push", "hub"));
      }, arrivalSeconds);
      await both.eventuallyLinked();
      assertExit(await both.enter("edge", "a value from after the partition"));
      await both.eventuallySeen({ value: "a value from after the partition" });
    },
  );
}

/** A region's token, once it is one from after the change of its life. */
async function eventuallyShortLived(both: LinkedRegions, region: Region): Promise<string> {
  let token = "";
  await eventually(async () => {
    token = await both.token(region);
    const life = await both.lifeOf(token, otherThan[region]);
    assert.ok(life > 0 && life <= lifeSeconds, `it has ${life} s left`);
  }, arrivalSeconds);
  return token;
}

async function eventuallyAnother(both: LinkedRegions, region: Region, before: string): Promise<string> {
  let token = before;
  await eventually(async () => {
    token = await both.token(region);
    assert.notEqual(token, before);
  }, arrivalSeconds);
  return token;
}

async function eventuallyRefused(both: LinkedRegions, region: Region, token: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await both.lifeOf(token, region), 0);
  }, arrivalSeconds);
}
