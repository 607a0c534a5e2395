import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { arrivalSeconds, LinkedRegions, regions, type Region } from "../../support/linked-regions.ts";
import { assertExit } from "../../support/command.ts";

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

  it("rotates tokens by itself, lets no token outlive its life, and is linked again by an update of each region after a partition that outlived them", async () => {
    const both = new LinkedRegions(hub());
    for (const region of regions) {
      await both.stack(region).configure({
        "link.rotationInterval": "15s",
        "link.tokenLifetime": "60s",
        "link.refreshInterval": "10s",
      });
      await both.stack(region).update();
    }
    await both.stack("hub").update();
    const first = await eventuallyShortLived(both);
    const second = await eventuallyAnother(both, "hub", first);
    const third = await eventuallyAnother(both, "hub", second);
    await eventuallyRefused(both, "edge", first);

    await both.seal("edge");
    const [inHub, inEdge] = [await both.token("hub"), await both.token("edge")];
    await eventuallyRefused(both, "hub", inEdge);
    await both.unseal("edge");
    await eventuallyRefused(both, "edge", inHub);
    assert.equal(await both.lifeOf(third, "edge"), 0);

    await both.stack("hub").configure({ "link.tokenLifetime": "1h" });
    await both.stack("edge").configure({ "link.tokenLifetime": "1h" });
    for (const region of [...regions, "hub"] as const) {
      await both.stack(region).update();
    }
    for (const region of regions) {
      assertExit(await both.vfed("link", "push", region));
    }
    await both.eventuallyLinked();
    assertExit(await both.enter("edge", "a value from after the partition"));
    await both.eventuallySeen({ value: "a value from after the partition" });
  });
}

/** The hub's token, once it is one from after the change of its life. */
async function eventuallyShortLived(both: LinkedRegions): Promise<string> {
  let token = "";
  await eventually(async () => {
    token = await both.token("hub");
    const life = await both.lifeOf(token, "edge");
    assert.ok(life > 0 && life <= 60, `it has ${life} s left`);
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
