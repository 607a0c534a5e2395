import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { ApiException, CoreV1Api, KubeConfig } from "@kubernetes/client-node";

import { killProcesses } from "../../support/processes.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit, type TestSandbox } from "../../support/sandbox.ts";

/**
 * The bootstrap notes each in an annotation of its memory when it is done. Before the first, Vault's only answer may get lost,
 * which the next update refuses; test/unit/components/vault/bootstrap shows that.
 */
const steps = ["initialised", "unsealed", "joined", "access-made", "shares-handed-over", "finished"] as const;

const answerMilliseconds = 2_000;

/** From nothing to a Vault that is configured and unsealed. */
export function aVaultIsBorn(hub: () => HubVault): void {
  it("comes up although the engine is killed after each step of its bootstrap, with one cluster id and one key", async () => {
    const { sandbox } = hub();
    for (const step of steps) {
      await interruptAfter(step, sandbox);
    }

    assertExit(await sandbox.command(["up"]));

    assertExit(await hub().vfed(["status", "hub", "edge"]));
    const { cluster_id: clusterId } = await (
      await hub().client()
    ).send<{ cluster_id: string }>("GET", "sys/seal-status");
    assert.equal((await hub().outputs()).vaultClusterId, clusterId);
    assert.equal(await stepOf(sandbox), "finished");
  });

  it("changes nothing at a further preview, update and refresh in every region", async () => {
    const { sandbox } = hub();
    for (const stack of ["hub", "edge"]) {
      assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", stack]));
      assertExit(await sandbox.pulumi(["up", "--yes", "--expect-no-changes", "--stack", stack]));
      assertExit(await sandbox.pulumi(["refresh", "--yes", "--expect-no-changes", "--stack", stack]));
    }
  });
}

/** Starts an update, and kills the engine, its plugins and the program once the hub's bootstrap has come to a step. */
async function interruptAfter(step: (typeof steps)[number], sandbox: TestSandbox): Promise<void> {
  const ended = new AbortController();
  const up = sandbox.command(["up"]).finally(() => {
    ended.abort();
  });
  while (!hasCome(await stepOf(sandbox), step)) {
    assert.ok(!ended.signal.aborted, `\`sandbox up\` ended before ${step}: ${await output(up)}`);
    await sleep(50);
  }
  await killProcesses(`PULUMI_BACKEND_URL=file://${sandbox.folder}/`);
  const { exitCode, output: printed } = await up;
  assert.notEqual(exitCode, 0, printed);
}

async function output(up: Promise<{ readonly output: string }>): Promise<string> {
  return (await up).output;
}

function hasCome(reached: string | undefined, wanted: (typeof steps)[number]): boolean {
  return steps.slice(steps.indexOf(wanted)).some((step) => step === reached);
}

/** The step that the hub's bootstrap noted last; undefined before the first, and while there is no cluster to ask. */
async function stepOf(sandbox: TestSandbox): Promise<string | undefined> {
  // The hub is brought up first, and clusters are numbered as they are made.
  const [cluster] = (await readdir(join(sandbox.folder, "clusters")).catch(() => [])).sort();
  const file = join(sandbox.folder, "clusters", cluster ?? "", "kubeconfig.yaml");
  const kubeconfig = await readFile(file, "utf8").catch(() => undefined);
  if (kubeconfig === undefined) {
    return undefined;
  }
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const journal = { name: "vault-bootstrap", namespace: "vault" };
  const step = config
    .makeApiClient(CoreV1Api)
    .readNamespacedSecret(journal)
    .then(({ metadata }) => metadata?.annotations?.["vault-federation/bootstrap-step"])
    .catch((error: unknown) => {
      if (error instanceof ApiException && error.code !== 404) {
        throw error;
      }
      return undefined;
    });
  // While the cluster's network is made, a connection may hang for a minute.
  return Promise.race([step, sleep(answerMilliseconds, undefined)]);
}
