import assert from "node:assert/strict";
import { it } from "node:test";

import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

/** From nothing to a Vault that is configured and unsealed. */
export function aVaultIsBorn(hub: () => HubVault): void {
  it("is initialised, configured and unsealed by one `up` in every region", async () => {
    assertExit(await hub().sandbox.command(["up"]));
    assertExit(await hub().vfed(["status", "hub", "edge"]));
    const vault = await hub().client();
    const { cluster_id: clusterId } = await vault.send<{ cluster_id: string }>("GET", "sys/seal-status");
    assert.equal((await hub().outputs()).vaultClusterId, clusterId);
  });

  it("changes nothing at a further preview, update and refresh in every region", async () => {
    for (const stack of ["hub", "edge"]) {
      await hub().sandbox.stack(stack).assertSettled();
    }
  });
}
