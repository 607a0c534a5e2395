import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { projectFolder, writeEnvironment } from "../../../cli/environment.ts";
import { leaveGivenClusters } from "../../../cli/given-clusters.ts";
import { writeRecord } from "../../../daemon/record.ts";
import { writeClusterSource } from "../../../state/cluster-source.ts";
import { StateFolder } from "../../../state/folder.ts";
import { processIdentity } from "../../../tools/process.ts";
import { scriptPulumi, type ScriptedAnswer } from "../federation/support/scripted-pulumi.ts";

const kubeconfigs = ["/missing/hub", "/missing/edge"];

const both = { commands: '"stack ls "*', stdout: '[{"name": "edge"}, {"name": "hub"}]' };

const state: ScriptedAnswer = {
  commands: '"stack export "*',
  stdout: JSON.stringify({
    deployment: {
      resources: [
        { urn: "a", type: "linode:index/lkeCluster:LkeCluster", id: "7" },
        { urn: "b", type: "kubernetes:core/v1:Namespace", id: "vault" },
        { urn: "c", type: "kubernetes:helm.sh/v3:Release" },
      ],
    },
  }),
};

const remains = (stack: string, reason: string): string =>
  `stack ${stack} could not be destroyed: ${reason}\n` +
  "In its cluster stays:\n  kubernetes:core/v1:Namespace vault";

/** A sandbox of given clusters that was brought up once, and what happened when it left them. */
async function leave(context: TestContext, answers: readonly ScriptedAnswer[], isServed = true) {
  const scripted = await scriptPulumi(context, answers);
  const folder = new StateFolder(scripted.folder);
  await mkdir(projectFolder(folder));
  await writeEnvironment(folder, { PATH: `${scripted.folder}:${process.env.PATH ?? ""}` });
  if (isServed) {
    const identity = processIdentity(process.pid);
    assert.ok(identity !== undefined);
    const urls = { linodeUrl: "http://127.0.0.1:1", chartsUrl: "http://127.0.0.1:1" };
    writeRecord(folder, { process: identity, ...urls, linodeToken: "token", kubernetesVersion: "1.36" });
  }
  const reports: string[] = [];
  const remaining = await leaveGivenClusters(folder, kubeconfigs, (line) => reports.push(line));
  return {
    asked: (await scripted.asked()).slice(1),
    imported: await scripted.imported(),
    reports,
    remaining,
  };
}

test("What the stacks made in given clusters is destroyed there, the edge's before the hub's", async (context) => {
  assert.deepEqual(await leave(context, [both, state]), {
    asked: [
      "stack export --stack edge",
      "destroy --yes --skip-preview --stack edge",
      "stack export --stack hub",
      "destroy --yes --skip-preview --stack hub",
    ],
    imported: "",
    reports: [],
    remaining: [],
  });
});

test("What goes with a cluster elsewhere is destroyed in a given one, but not what is inside Vault", async (context) => {
  const deletedWith = "urn:cluster";
  const operator = { urn: "operator", type: "kubernetes:helm.sh/v3:Release", id: "vso" };
  const policy = { urn: "policy", type: "vault:index/policy:Policy", id: "edge", deletedWith };
  const deployment = { resources: [{ ...operator, deletedWith }, policy] };
  const tied = { ...state, stdout: JSON.stringify({ version: 3, deployment }) };
  const { asked, imported } = await leave(context, [{ ...both, stdout: '[{"name": "hub"}]' }, tied]);
  assert.deepEqual(asked, [
    "stack export --stack hub",
    "stack import --stack hub",
    "destroy --yes --skip-preview --stack hub",
  ]);
  assert.deepEqual(JSON.parse(imported), { version: 3, deployment: { resources: [operator, policy] } });
});

test("A stack that never was is not destroyed", async (context) => {
  const { asked } = await leave(context, [{ ...both, stdout: '[{"name": "hub"}]' }, state]);
  assert.deepEqual(asked, ["stack export --stack hub", "destroy --yes --skip-preview --stack hub"]);
});

test("A stack that can't be destroyed is told with what stays, and the other one is destroyed all the same", async (context) => {
  const refusal = { commands: '"destroy "*"--stack edge "*', failure: "the cluster is unreachable\n" };
  const { asked, reports, remaining } = await leave(context, [both, state, refusal]);
  const command = "pulumi destroy --yes --skip-preview --stack edge";
  assert.deepEqual(asked, [
    "stack export --stack edge",
    "destroy --yes --skip-preview --stack edge",
    "stack export --stack edge",
    "stack export --stack hub",
    "destroy --yes --skip-preview --stack hub",
  ]);
  assert.deepEqual(reports, ["the cluster is unreachable"]);
  assert.deepEqual(remaining, [remains("edge", `\`${command}\` failed:\n\nthe cluster is unreachable`)]);
});

test("Nothing is destroyed when the Linode API can't be served again, and all that stays is told", async (context) => {
  const { asked, remaining } = await leave(context, [both, state], false);
  assert.deepEqual(asked, ["stack export --stack edge", "stack export --stack hub"]);
  assert.equal(remaining.length, 2);
  for (const [index, stack] of ["edge", "hub"].entries()) {
    const [, reason] = /could not be destroyed: ([^]*)\nIn its cluster/.exec(remaining[index] ?? "") ?? [];
    assert.equal(remaining[index], remains(stack, reason ?? ""));
    assert.match(
      reason ?? "",
      /background process ended at once:[^]*The kubeconfig \/missing\/(hub|edge) can't be used/,
    );
  }
});

test("A sandbox that was never far enough to make anything asks nobody", async (context) => {
  const { folder, asked } = await scriptPulumi(context, [both]);
  const remaining = await leaveGivenClusters(new StateFolder(folder), kubeconfigs, () => undefined);
  assert.deepEqual(remaining, []);
  assert.deepEqual(await asked(), []);
});

test("Taking a sandbox down that leaves something in a given cluster lists it and fails, when all else is gone", async (context) => {
  const scripted = await scriptPulumi(context, [both, state]);
  const folder = new StateFolder(join(scripted.folder, "state"));
  await mkdir(projectFolder(folder), { recursive: true });
  await writeEnvironment(folder, { PATH: `${scripted.folder}:${process.env.PATH ?? ""}` });
  writeClusterSource(folder, { kubeconfigs });
  const cli = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [cli, "down", "--state", folder.root], {
    encoding: "utf8",
  });
  assert.equal(status, 1);
  for (const stack of ["edge", "hub"]) {
    assert.equal(stderr.split(`stack ${stack} could not be destroyed`).length, 2, stderr);
  }
  assert.match(stderr, /In its cluster stays:\n {2}kubernetes:core\/v1:Namespace vault\n/);
  assert.match(stderr, /error: the sandbox is removed, but what is listed above is still in the clusters/);
  assert.equal(existsSync(folder.root), false);
});
