import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

const renewed = "/tmp/renewed";

/** Runs until there is a file. It gives Vault a share of no key, which one that is unsealed takes no notice of. */
const command = `(until [ -e ${renewed} ]; do sleep 1; done; printf ${"0".repeat(64)}) | vault write sys/unseal key=-`;

/** A renewed certificate needs nobody. */
export function certificatesAreRenewed(hub: () => HubVault): void {
  it("serves a renewed certificate on every server, without a restart and without harm to a command that runs beside one", async () => {
    const started = await hub().startTimes();
    const exec = ["exec", "vault-0", "--container=vault", "--"];
    const beside = hub().kubectl(...exec, "sh", "-c", command);
    try {
      await renew(hub());
    } finally {
      assertExit(await hub().kubectl(...exec, "touch", renewed));
    }
    assertExit(await beside);
    assert.equal(await hub().startTimes(), started);
  });
}

/** Has the certificate renewed, and waits until all servers show the new one. */
async function renew(hub: HubVault): Promise<void> {
  const servedSerial = async (): Promise<string> =>
    (await (await hub.client()).servedCertificate()).serialNumber;
  const before = await servedSerial();
  const certificate = ["certificate", "vault-server-tls"];
  const renewal = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "for a test" };
  const { stdout } = await hub.kubectl("get", ...certificate, "--output", "json");
  const { status } = JSON.parse(stdout) as { status: { conditions: object[] } };
  const patch = JSON.stringify({ status: { conditions: [...status.conditions, renewal] } });
  assertExit(
    await hub.kubectl("patch", ...certificate, "--subresource=status", "--type=merge", "--patch", patch),
  );
  // A node writes the new one into its pods' files after up to two minutes.
  await eventually(async () => {
    assert.notEqual(await servedSerial(), before);
  }, 180);
  await eventually(() => hub.assertHealthy(), 180);
}
