import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

/** An empty Vault is not taken for a new one. */
export function lostDataIsNoReasonToStartAnew(hub: () => HubVault): void {
  it("refuses to go on with a Vault that has lost all its data, and does not initialise it again", async () => {
    const { vaultClusterId } = await hub().outputs();
    assertExit(await hub().kubectl("delete", "pvc", "--all", "--wait=false"));
    assertExit(await hub().kubectl("delete", "pods", "vault-0", "vault-1", "vault-2", "--wait"));
    await eventually(async () => {
      const shown = await hub().vfed(["status", "hub"]);
      assert.match(shown.output, /vault-0 +empty/);
    }, 180);

    const stack = hub().sandbox.stack("hub");
    await stack.configure({ "vault.bootstrapTimeout": "11m" });
    const refused = await stack.pulumi("up", "--yes");
    assert.notEqual(refused.exitCode, 0);
    assert.match(
      refused.output,
      new RegExp(`its cluster id is ${String(vaultClusterId)}. The data of vault-0 was lost`),
    );
    const shown = await hub().vfed(["status", "hub"]);
    assert.match(shown.output, /vault-0 +empty/);
  });
}
