import assert from "node:assert/strict";
import { it } from "node:test";

import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

/** The end of a region. */
export function regionsEnd(hub: () => HubVault): void {
  it("is destroyed with its cluster, be it linked or sealed, and leaves nothing but its Vault's volumes", async () => {
    const { sandbox } = hub();
    const volumes = await sandbox.list("/volumes");
    assert.notDeepEqual(volumes, []);
    // Nobody unseals the new ones.
    await hub().restartServers();
    for (const stack of ["edge", "hub"]) {
      assertExit(await sandbox.pulumi(["destroy", "--yes", "--stack", stack]));
      const exported = await sandbox.pulumi(["stack", "export", "--stack", stack]);
      const { deployment } = JSON.parse(exported.stdout) as { deployment: { resources?: unknown[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    }
    for (const kind of ["/lke/clusters", "/nodebalancers"]) {
      assert.deepEqual(await sandbox.list(kind), []);
    }
    assert.deepEqual(await sandbox.list("/volumes"), volumes);
  });
}
