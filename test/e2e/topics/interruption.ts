import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { it } from "node:test";

import { KubeConfig } from "@kubernetes/client-node";

import { Journal, type BootstrapStep } from "../../../components/vault/bootstrap/journal.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit, type Finished } from "../../support/command.ts";

/**
 * All steps but for the first: between "initialising" and "initialised" Vault gives its only
 * answer, and who dies there has to start over, which the unit and integration tests show.
 */
const steps: readonly BootstrapStep[] = [
  "initialised",
  "unsealed",
  "joined",
  "access-made",
  "shares-handed-over",
  "finished",
];

/** A Vault whose birth is interrupted again and again is the same Vault. */
export function theEngineDiesOnTheWay(hub: () => HubVault): void {
  const ids = new Set<string>();

  it("is the same Vault after each step of its birth at which the engine was killed", async () => {
    const { sandbox } = hub();
    // Only a cluster that is there already can be watched.
    assertExit(await sandbox.command(["up", "--no-vault"]));
    const update = ["up", "--yes", "--skip-preview", "--stack", "hub"];
    for (const step of steps) {
      await killedAfter(step, () =>
        step === "initialised" ? sandbox.command(["up"]) : sandbox.pulumi(update),
      );
      assertExit(await sandbox.pulumi(["cancel", "--yes", "--stack", "hub"]));
      if (step === "initialised") {
        hub().secrets.push(...(await firstSecrets()));
      } else {
        ids.add(await clusterId());
      }
    }
    assert.equal(ids.size, 1);
  });

  it("is opened by its operators although no update has told its stack of their shares", async () => {
    assert.equal("vaultKeyShares" in (await hub().outputs()), false);
    assertExit(await hub().kubectl("delete", "pods", "vault-0", "vault-1", "vault-2", "--wait"));
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

  it("is brought to its end by the update that is let be", async () => {
    await hub().sandbox.stack("hub").update();
    assert.deepEqual([...ids], [(await hub().outputs()).vaultClusterId]);
  });

  /** Runs an update until the bootstrap notes a step, and kills its engine then. */
  async function killedAfter(step: BootstrapStep, update: () => Promise<Finished>): Promise<void> {
    const stepPath = "{.metadata.annotations.vault-federation/bootstrap-step}";
    const watch = [
      "--context",
      "hub",
      "--namespace",
      "vault",
      "get",
      "secret",
      "--watch",
      "--field-selector",
      "metadata.name=vault-bootstrap",
    ];
    let reached = false;
    const killing: Promise<void>[] = [];
    let stop = (): boolean => false;
    const ended = new AbortController();
    const onStart = (child: ChildProcess): void => {
      stop = () => child.kill();
      assert.ok(child.stdout !== null);
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (line === step) {
          reached = true;
          killing.push(hub().sandbox.killEngine());
        }
      });
    };
    const watched = (async () => {
      // A watch ends when the API server wants it to.
      while (!ended.signal.aborted) {
        await hub().sandbox.run("kubectl", [...watch, "--output", `jsonpath=${stepPath}{"\\n"}`], {
          onStart,
        });
      }
    })();
    const finished = await update();
    ended.abort();
    stop();
    await watched;
    await Promise.all(killing);
    assert.ok(reached, `the bootstrap never noted "${step}":\n${finished.output}`);
    assert.notEqual(finished.exitCode, 0, finished.output);
  }

  /** The key and the root token that exist for the time of the birth; the stack's state opens the journal of it. */
  async function firstSecrets(): Promise<string[]> {
    const { kubernetesClusterId, kubeconfig } = await hub().outputs();
    const config = new KubeConfig();
    config.loadFromString(String(kubeconfig));
    const { entry } = await Journal.open(config, {
      namespace: "vault",
      name: "vault-bootstrap",
      key: await hub().journalKey(),
      kubernetesClusterId: String(kubernetesClusterId),
      // Nothing is written.
      deadline: 0,
    });
    const { temporaryKey, rootToken } = entry;
    assert.ok(temporaryKey !== undefined && rootToken !== undefined);
    return [temporaryKey, Buffer.from(temporaryKey, "base64").toString("hex"), rootToken];
  }

  async function clusterId(): Promise<string> {
    const status = ["vault", "status", "-format=json"];
    const shown = await hub().kubectl("exec", "vault-0", "--container", "vault", "--", ...status);
    assertExit(shown);
    return (JSON.parse(shown.stdout) as { cluster_id: string }).cluster_id;
  }
}
