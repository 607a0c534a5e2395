import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

/** An empty Vault is not taken for a new one. */
export function lostDataIsNoReasonToStartAnew(hub: () => HubVault): void {
  it("refuses to go on with a Vault that has lost all its data, and does not initialise it again", async () => {
    const { vaultClusterId } = await hub().outputs();
    await hub().loseVolumes(["vault-0", "vault-1", "vault-2"], ["data", "audit"]);
    await eventually(async () => {
      const shown = await hub().vfed(["status", "hub"]);
      assert.match(shown.output, /vault-0 +empty/);
    }, 180);

    const asked = await hub().vfed(["status", "hub"]);
    assertExit(asked, 1);
    assert.match(asked.output, /The data of vault-0 was lost/);
    const unsealed = await hub().vfed(["unseal", "hub", ...hub().keys("alice", "bob")]);
    assertExit(unsealed, 1);
    assert.match(
      unsealed.output,
      /no Vault server is initialised.* `vfed status <stack>` says what was lost/,
    );

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

    // What it says next is what the next test does.
    assert.match(
      refused.output,
      /delete secret vault-bootstrap vault-key-shares .*, then run `pulumi up --target-replace '\*\*-bootstrap-run' --target '\*\*-provider'`, and then `pulumi up --refresh`/,
    );
  });

  it("is a new Vault, configured and with shares of its own, where its people give the data up", async () => {
    const before = await hub().outputs();
    assertExit(await hub().kubectl("delete", "secret", "vault-bootstrap", "vault-key-shares"));
    const stack = hub().sandbox.stack("hub");
    await stack.update("--target-replace", "**-bootstrap-run", "--target", "**-provider");
    await stack.update("--refresh");
    const after = await hub().outputs();
    assert.notEqual(after.vaultClusterId, before.vaultClusterId);
    assert.notDeepEqual(after.vaultKeyShares, before.vaultKeyShares);
    await eventually(() => hub().assertHealthy(), 60);
    await hub().withRootToken(async (vault) => {
      const { data } = await vault.send<{ data: object }>("GET", "sys/mounts");
      assert.equal("secret/" in data, true);
    });
    await stack.assertUnchanged();
  });
}
