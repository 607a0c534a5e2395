import assert from "node:assert/strict";
import { it } from "node:test";

import { duringBirth, firstSecrets } from "../../support/birth.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit, type Finished } from "../../support/command.ts";
import { regions } from "../../support/linked-regions.ts";

/** From nothing to a Vault that is configured and unsealed. */
export function aVaultIsBorn(hub: () => HubVault): void {
  it("is initialised, configured and unsealed by one `up` in every region", async () => {
    const up = (): Promise<Finished> => hub().sandbox.command(["up"]);
    const before = hub().secrets.length;
    const finished = await duringBirth(hub().sandbox, "edge", up, async (step) => {
      if (step === "initialised") {
        hub().secrets.push(...firstSecrets(await hub().journal("edge")));
      }
    });
    assertExit(finished);
    assert.ok(hub().secrets.length > before, "the first secrets of the edge's Vault were not seen");
    for (const region of regions) {
      const shown = `^${region}\\n {2}vault-0 +(leader|standby) [^]*?^ {2}✓ healthy$[^]*^${region}: link by token$`;
      assert.match(finished.stdout, new RegExp(shown, "m"));
    }
    assert.match(finished.stdout, /^demo\/from-hub {2}generated in hub {2}with a value$/m);
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
