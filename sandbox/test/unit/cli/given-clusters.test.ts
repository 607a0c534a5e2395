import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { projectFolder, writeEnvironment } from "../../../cli/environment.ts";
import { leaveGivenClusters } from "../../../cli/given-clusters.ts";
import { writeRecord } from "../../../daemon/record.ts";
import { readClusterSource, writeClusterSource } from "../../../state/cluster-source.ts";
import { StateFolder } from "../../../state/folder.ts";
import { markFolder } from "../../../state/marker.ts";
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
  `In the cluster of ${stack} stays:\n  kubernetes:core/v1:Namespace vault`;

/** A sandbox of given clusters that was brought up once, and what happened when it left them. */
async function leave(
  context: TestContext,
  answers: readonly ScriptedAnswer[],
  { isServed = true, isLocked = false } = {},
) {
  const scripted = await scriptPulumi(context, answers);
  const folder = new StateFolder(scripted.folder);
  if (isLocked) {
    const locks = join(folder.pulumiState, ".pulumi", "locks", "organization", "vault-federation", "hub");
    await mkdir(locks, { recursive: true });
    await writeFile(join(locks, "a.json"), JSON.stringify({ pid: 0 }));
  }
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
    folder,
    asked: (await scripted.asked()).slice(1),
    imported: await scripted.imported(),
    reports,
    remaining,
  };
}

test("What the stacks made in given clusters is destroyed there, the edge's before the hub's", async (context) => {
  const { asked, imported, reports, remaining } = await leave(context, [both, state]);
  assert.deepEqual(
    { asked, imported, reports, remaining },
    {
      asked: [
        "stack export --stack edge",
        "stack export --stack edge",
        "destroy --yes --skip-preview --stack edge",
        "stack export --stack hub",
        "stack export --stack hub",
        "destroy --yes --skip-preview --stack hub",
      ],
      imported: "",
      reports: [],
      remaining: [],
    },
  );
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
    "stack export --stack hub",
    "stack import --stack hub",
    "destroy --yes --skip-preview --stack hub",
  ]);
  assert.deepEqual(JSON.parse(imported), { version: 3, deployment: { resources: [operator, policy] } });
});

test("A stack that never was is not destroyed", async (context) => {
  const { asked } = await leave(context, [{ ...both, stdout: '[{"name": "hub"}]' }, state]);
  assert.deepEqual(asked, [
    "stack export --stack hub",
    "stack export --stack hub",
    "destroy --yes --skip-preview --stack hub",
  ]);
});

test("A stack that can't be destroyed is told with what stays, and the other one is destroyed all the same", async (context) => {
  const refusal = { commands: '"destroy "*"--stack edge "*', failure: "the cluster is unreachable\n" };
  const { asked, reports, remaining } = await leave(context, [both, state, refusal]);
  const command = "pulumi destroy --yes --skip-preview --stack edge";
  assert.deepEqual(asked, [
    "stack export --stack edge",
    "stack export --stack edge",
    "destroy --yes --skip-preview --stack edge",
    "stack export --stack edge",
    "stack export --stack hub",
    "stack export --stack hub",
    "destroy --yes --skip-preview --stack hub",
  ]);
  assert.deepEqual(reports, ["the cluster is unreachable"]);
  assert.deepEqual(remaining, [remains("edge", `\`${command}\` failed:\n\nthe cluster is unreachable`)]);
});

test("Nothing is destroyed when the Linode API can't be served again, and all that stays is told", async (context) => {
  const { asked, remaining } = await leave(context, [both, state], { isServed: false });
  assert.deepEqual(asked, ["stack export --stack edge", "stack export --stack hub"]);
  assert.equal(remaining.length, 2);
  for (const [index, stack] of ["edge", "hub"].entries()) {
    const [, reason] = /could not be destroyed: ([^]*)\nIn the cluster/.exec(remaining[index] ?? "") ?? [];
    assert.equal(remaining[index], remains(stack, reason ?? ""));
    assert.match(
      reason ?? "",
      /background process ended at once:[^]*the kubeconfig \/missing\/hub can't be read[^]*\/missing\/edge can't be read/,
    );
  }
});

test("A stack that a killed update has locked is freed before it is destroyed", async (context) => {
  const hub = { ...both, stdout: '[{"name": "hub"}]' };
  const { asked, remaining } = await leave(context, [hub, state], { isLocked: true });
  assert.deepEqual(asked, [
    "cancel --yes --stack hub",
    "stack export --stack hub",
    "stack export --stack hub",
    "destroy --yes --skip-preview --stack hub",
  ]);
  assert.deepEqual(remaining, []);
});

test("What a killed update was creating in a cluster is told, also when the state has forgotten it", async (context) => {
  const creating = (type: string, name: string) => ({
    type: "creating",
    resource: { urn: `urn:pulumi:hub::vault-federation::${type}::${name}`, type },
  });
  const pending = [
    creating("kubernetes:core/v1:Namespace", "vault"),
    creating("linode:index/token:Token", "t"),
  ];
  const hub = { ...both, stdout: '[{"name": "hub"}]' };
  const killed = { ...state, stdout: JSON.stringify({ deployment: { pending_operations: pending } }) };
  const { folder, asked, remaining } = await leave(context, [hub, killed]);
  assert.equal(asked.at(-1), "destroy --yes --skip-preview --stack hub");
  const told =
    "In the cluster of hub may be what an update was creating when it was killed:\n" +
    "  kubernetes:core/v1:Namespace vault";
  assert.deepEqual(remaining, [told]);

  await writeFile(join(folder.root, "answer-1"), JSON.stringify({ deployment: {} }));
  assert.deepEqual(await leaveGivenClusters(folder, kubeconfigs, () => undefined), [told]);
});

test("A state that can't be read is told, and the other stack is destroyed all the same", async (context) => {
  const broken = { commands: '"stack export "*"--stack edge "*', failure: "the state is broken\n" };
  const { asked, remaining } = await leave(context, [both, broken, state]);
  assert.equal(asked.at(-1), "destroy --yes --skip-preview --stack hub");
  assert.deepEqual(remaining, [
    "what stack edge left in its cluster can't be told: " +
      "`pulumi stack export --stack edge` failed:\n\nthe state is broken",
  ]);
});

test("A sandbox that was never far enough to make anything asks nobody", async (context) => {
  const { folder, asked } = await scriptPulumi(context, [both]);
  const remaining = await leaveGivenClusters(new StateFolder(folder), kubeconfigs, () => undefined);
  assert.deepEqual(remaining, []);
  assert.deepEqual(await asked(), []);
});

/** A sandbox whose given clusters can't be reached, and how its removal ended. */
async function takeDown(context: TestContext, ...options: readonly string[]) {
  const scripted = await scriptPulumi(context, [both, state]);
  const folder = new StateFolder(join(scripted.folder, "state"));
  await markFolder(folder);
  await mkdir(projectFolder(folder));
  await writeEnvironment(folder, { PATH: `${scripted.folder}:${process.env.PATH ?? ""}` });
  writeClusterSource(folder, { kubeconfigs });
  const cli = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [cli, "down", "--state", folder.root, ...options], {
    encoding: "utf8",
  });
  for (const stack of ["edge", "hub"]) {
    assert.equal(stderr.split(`stack ${stack} could not be destroyed`).length, 2, stderr);
    assert.ok(stderr.includes(`In the cluster of ${stack} stays:\n  kubernetes:core/v1:Namespace vault\n`));
  }
  return { folder, status, stderr };
}

test("Taking a sandbox down that leaves something in a given cluster lists it, fails, and keeps the record of it", async (context) => {
  const { folder, status, stderr } = await takeDown(context);
  assert.equal(status, 1);
  assert.ok(
    stderr.endsWith(
      "error: what is listed above is still in the clusters that the sandbox was given, and only its record in " +
        `${folder.root} tells how to destroy that. Run \`make sandbox-down\` again once the cluster can be reached; ` +
        "what can't be destroyed so, delete with kubectl and helm, namespaces last. " +
        `\`node sandbox/cli/main.ts down --state ${folder.root} --forget\` removes the record.\n`,
    ),
    stderr,
  );
  assert.deepEqual(readClusterSource(folder), { kubeconfigs });
  assert.equal(existsSync(projectFolder(folder)), true);
  assert.equal(existsSync(join(folder.root, "env.sh")), true);
  assert.equal(existsSync(join(folder.root, "lock.json")), false);
});

test("The record of what stays in a given cluster is removed when that is asked for", async (context) => {
  const { folder, status } = await takeDown(context, "--forget");
  assert.equal(status, 0);
  assert.equal(existsSync(folder.root), false);
});
