import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { LinkedRegions, regions } from "../../support/linked-regions.ts";
import { assertExit } from "../../support/command.ts";

/** What the regions of a sandbox share arrives in both. */
export function secretsCross(hub: () => HubVault): void {
  it("is linked with the edge's, and neither lacks anything of the other", async () => {
    for (const region of regions) {
      assertExit(await hub().vfed(["link", "status", region]));
      assertExit(await hub().vfed(["secret", "list", "--stack", region]));
    }
  });

  it("gives workloads of both regions the secrets of either home, and the one that both write", async () => {
    const both = new LinkedRegions(hub());
    for (const name of ["demo-from-hub", "demo-from-edge", "demo-from-both"]) {
      await eventually(async () => {
        const [inHub, inEdge] = await Promise.all(regions.map((region) => both.secret(region, "demo", name)));
        assert.ok(Object.values(inHub ?? {}).every((value) => value.length > 20));
        assert.equal(Object.keys(inHub ?? {}).length, 1);
        assert.deepEqual(inEdge, inHub);
      }, 180);
    }
  });
}
