import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

/** A renewed certificate needs nobody. */
export function certificatesAreRenewed(hub: () => HubVault): void {
  it("serves a renewed certificate on every server without a restart", async () => {
    const servedSerial = async (): Promise<string> =>
      (await (await hub().client()).servedCertificate()).serialNumber;
    const before = await servedSerial();
    const started = await hub().startTimes();
    const name = "vault-server-tls";
    const renewal = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "for a test" };
    const { stdout } = await hub().kubectl("get", "certificate", name, "--output", "json");
    const { status } = JSON.parse(stdout) as { status: { conditions: object[] } };
    const patch = JSON.stringify({ status: { conditions: [...status.conditions, renewal] } });
    assertExit(
      await hub().kubectl(
        "patch",
        "certificate",
        name,
        "--subresource=status",
        "--type=merge",
        "--patch",
        patch,
      ),
    );
    // A node writes the new one into its pods' files after up to two minutes.
    await eventually(async () => {
      assert.notEqual(await servedSerial(), before);
    }, 180);
    await eventually(() => hub().assertHealthy(), 180);
    assert.equal(await hub().startTimes(), started);
  });
}
