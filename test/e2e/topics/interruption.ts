import assert from "node:assert/strict";
import { it } from "node:test";

import type { BootstrapStep } from "../../../components/vault/bootstrap/journal.ts";
import { duringBirth, firstSecrets } from "../../support/birth.ts";
import { BirthLimit } from "../../support/birth-limit.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit, type Finished } from "../../support/command.ts";

/**
 * Steps, each with the one after it, whose work is begun, or done and not noted, when the engine is killed. Between
 * "initialising" and "initialised" Vault gives its only answer, and who dies there has to start over, which the unit and
 * integration tests show.
 */
const steps: readonly (readonly [noted: BootstrapStep, next: BootstrapStep])[] = [
  ["initialised", "unsealed"],
  ["unsealed", "joined"],
  ["joined", "access-made"],
  ["access-made", "shares-handed-over"],
  ["shares-handed-over", "finished"],
];

const upHub = ["up", "--yes", "--skip-preview", "--stack", "hub"];

/** A Vault whose birth is interrupted again and again is the same Vault. */
export function theEngineDiesOnTheWay(hub: () => HubVault): void {
  const ids = new Set<string>();

  it("is the same Vault after each step of its birth at which the engine was killed", async () => {
    const { sandbox } = hub();
    // Only a cluster that is there already can be watched.
    assertExit(await sandbox.command(["up", "--no-vault"]));
    const limit = new BirthLimit(sandbox, "hub");
    for (const [noted, next] of steps) {
      await limit.before(next);
      await killedAfter(noted, () =>
        noted === "initialised" ? sandbox.command(["up"]) : sandbox.pulumi(upHub),
      );
      if (noted === "initialised") {
        hub().secrets.push(...firstSecrets(await hub().journal()));
      } else {
        ids.add(await clusterId());
      }
    }
    await limit.remove();
    assert.equal(ids.size, 1);
  });

  it("is opened by its operators although no update has told its stack of their shares", async () => {
    assert.equal("vaultKeyShares" in (await hub().outputs()), false);
    await hub().restartServers();
    await hub().unseal();
    const shown = await hub().vfed(["status", "hub", "--json"]);
    const [status] = JSON.parse(shown.stdout) as [
      { clusterId: string; servers: { seal: { sealed: boolean } }[] },
    ];
    assert.deepEqual([status.clusterId], [...ids]);
    assert.deepEqual(
      status.servers.map(({ seal }) => seal.sealed),
      [false, false, false],
    );
  });

  it("is brought to its end by the update that is let be, after one more that was killed when its birth had finished", async () => {
    await killedAfter("finished", () => hub().sandbox.pulumi(upHub));
    await hub().sandbox.stack("hub").update();
    assert.deepEqual([...ids], [(await hub().outputs()).vaultClusterId]);
  });

  /** Runs an update until the bootstrap notes a step, and kills its engine then. */
  async function killedAfter(step: BootstrapStep, update: () => Promise<Finished>): Promise<void> {
    let reached = false;
    const finished = await duringBirth(hub().sandbox, "hub", update, async (noted) => {
      if (noted === step) {
        reached = true;
        await hub().sandbox.killEngine();
      }
    });
    assert.ok(reached, `the bootstrap never noted "${step}":\n${finished.output}`);
    assert.notEqual(finished.exitCode, 0, finished.output);
    assertExit(await hub().sandbox.pulumi(["cancel", "--yes", "--stack", "hub"]));
  }

  async function clusterId(): Promise<string> {
    const status = ["vault", "status", "-format=json"];
    const shown = await hub().kubectl("exec", "vault-0", "--container", "vault", "--", ...status);
    assertExit(shown);
    return (JSON.parse(shown.stdout) as { cluster_id: string }).cluster_id;
  }
}
