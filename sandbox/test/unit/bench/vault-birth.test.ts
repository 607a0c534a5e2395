import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { ScratchRegion } from "../../../bench/scratch-region.ts";
import { asVaultNames, benchVaultBirth } from "../../../bench/vault-birth.ts";
import { LinodeClient } from "../../../federation/linode-client.ts";
import { StateFolder } from "../../../state/folder.ts";
import { writeClusterSource } from "../../../state/cluster-source.ts";
import { LinodeAccount, TOKEN } from "../../support/linode/linode-account.ts";
import { scriptPulumi, type ScriptedAnswer } from "../federation/support/scripted-pulumi.ts";

const exists: ScriptedAnswer = { commands: '"stack ls "*', stdout: '[{"name": "hub"}, {"name": "bench"}]' };

const removal = ["stack ls --json", "stack rm bench --force --yes --remove-backups"];

/** A sandbox with a hub's stack file, an empty account, and a `pulumi` that answers as it is told. */
async function sandbox(context: TestContext, answers: readonly ScriptedAnswer[]) {
  const account = await LinodeAccount.open(context);
  const { folder: root, pulumi, asked } = await scriptPulumi(context, answers);
  const folder = new StateFolder(join(root, "state"));
  const project = join(root, "project");
  await mkdir(folder.root);
  await mkdir(project);
  await writeFile(
    join(project, "Pulumi.hub.yaml"),
    [
      "encryptionsalt: v1:x",
      "config:",
      "  vault-federation:cluster: { label: hub }",
      "  vault-federation:vault: { threshold: 2, consumers: { demo: [demo/a] } }",
      "  vault-federation:peers: { edge: {} }",
    ].join("\n"),
  );
  const linode = new LinodeClient(account.url, TOKEN);
  const environment = {
    PATH: process.env.PATH ?? "",
    LINODE_URL: account.url,
    LINODE_TOKEN: TOKEN,
    VAULT_FEDERATION_PROJECT: project,
  };
  const args = { folder, checkout: root, environment, pulumi, runs: 1, samples: 1, minutes: 1 };
  const region = new ScratchRegion({ folder, project, pulumi, linode });
  return { account, linode, args, region, asked };
}

/** What a cluster's controllers left in the account. */
function remnants(account: LinodeAccount, clusterId: number): void {
  const tags = [`lke${String(clusterId)}`];
  const place = { region: "us-ord", created: new Date(0) };
  account.infrastructure.balancers.push({ ...place, id: clusterId, label: "ccm", ipv4: "192.0.2.1", tags });
  account.infrastructure.disks.push({ ...place, id: clusterId, label: "pvc", sizeGiB: 10, tags });
}

test("What a killed bench left is removed, whatever it was, and what is not the bench's stays", async (context) => {
  const { account, linode, region, asked } = await sandbox(context, [exists]);
  const hub = await linode.createCluster("vault-federation-hub-us-ord", "us-ord", "1.36", 1);
  const made = await linode.createCluster("vault-federation-bench-us-ord", "us-ord", "1.36", 1);
  const byScript = await linode.createCluster("vault-federation-bench", "us-ord", "1.36", 1);
  // Killed after it had deleted this one, and before what it left.
  const gone = 77;
  for (const id of [hub, made, byScript, gone]) {
    remnants(account, id);
  }
  await region.prepare();
  await writeFile(region.file("clusters.json"), JSON.stringify([gone]));
  await writeFile(region.file("kubeconfig"), "");
  await writeFile(region.configuration, "");

  await region.remove({ report: () => undefined });

  assert.deepEqual(await linode.clusters().then((all) => all.map(({ id }) => id)), [hub]);
  assert.deepEqual(
    account.infrastructure.balancers.map(({ id }) => id),
    [hub],
  );
  assert.deepEqual(
    account.infrastructure.disks.map(({ id }) => id),
    [hub],
  );
  assert.deepEqual(await asked(), removal);
  assert.equal(existsSync(region.configuration), false);
  assert.equal(existsSync(region.file(".")), false);
});

test("That there is nothing of a bench is no error", async (context) => {
  const { region, asked } = await sandbox(context, [{ commands: '"stack ls "*', stdout: "[]" }]);
  await region.remove({ report: () => undefined });
  assert.deepEqual(await asked(), ["stack ls --json"]);
});

test("A bench whose update fails says why, and leaves nothing", async (context) => {
  const { args, region, asked } = await sandbox(context, [
    exists,
    { commands: '"up "*', failure: "no room for a cluster" },
  ]);
  const run = { signal: new AbortController().signal, report: () => undefined };
  await assert.rejects(benchVaultBirth(args, run), /no room for a cluster/);
  assert.deepEqual(await asked(), [
    ...removal,
    "stack init bench --no-select",
    "up --yes --skip-preview --stack bench",
    ...removal,
  ]);
  assert.equal(existsSync(region.configuration), false);
  assert.equal(existsSync(region.file(".")), false);
});

test("A bench that is interrupted during its update leaves nothing", async (context) => {
  const { args, region, asked } = await sandbox(context, [
    exists,
    { commands: '"up "*', stdout: "creating the cluster" },
  ]);
  const interrupt = new AbortController();
  const run = {
    signal: interrupt.signal,
    report: (line: string) => {
      if (line === "creating the cluster") {
        interrupt.abort(new Error("interrupted"));
      }
    },
  };
  await assert.rejects(benchVaultBirth(args, run), { message: "interrupted" });
  assert.deepEqual((await asked()).slice(-3), ["up --yes --skip-preview --stack bench", ...removal]);
  assert.equal(existsSync(region.configuration), false);
  assert.equal(existsSync(region.file(".")), false);
});

test("A sandbox on given clusters has none to spare, and is refused with the remedy", async (context) => {
  const { args, asked } = await sandbox(context, []);
  writeClusterSource(args.folder, { kubeconfigs: ["/hub", "/edge"] });
  const run = { signal: new AbortController().signal, report: () => undefined };
  await assert.rejects(benchVaultBirth(args, run), /a cluster of its own.*make sandbox bench/);
  assert.deepEqual(await asked(), []);
});

test("A role goes to the script under Vault's own names, without what is in its path", () => {
  const inputs = {
    __defaults: [],
    backend: "kubernetes",
    roleName: "snapshot",
    boundServiceAccountNames: ["vault-snapshot"],
    tokenNoDefaultPolicy: true,
    tokenTtl: 3600,
  };
  assert.deepEqual(asVaultNames(inputs), {
    bound_service_account_names: ["vault-snapshot"],
    token_no_default_policy: true,
    token_ttl: 3600,
  });
});
