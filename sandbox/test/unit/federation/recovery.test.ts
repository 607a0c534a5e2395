import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { LinodeClient } from "../../../federation/linode-client.ts";
import { freeLock } from "../../../federation/lock.ts";
import { recover } from "../../../federation/recovery.ts";
import { bringUp } from "../../../federation/region.ts";
import { scriptPulumi, type ScriptedPulumi } from "./support/scripted-pulumi.ts";

interface Operation {
  readonly type: string;
  readonly resource: { readonly urn: string; readonly type: string; readonly inputs?: object };
}

interface Recorded {
  readonly type: string;
  readonly id: string;
  readonly outputs?: object;
}

const clusterType = "linode:index/lkeCluster:LkeCluster";
const nodePoolType = "linode:index/lkeNodePool:LkeNodePool";

function creating(type: string, name: string, inputs: object = {}): Operation {
  const urn = `urn:pulumi:hub::vault-federation::${type}::${name}`;
  return { type: "creating", resource: { urn, type, inputs } };
}

/** A `pulumi` with a stack `hub` that has resources, and whose last update left operations pending. */
function pulumiOf(
  context: TestContext,
  pending: readonly Operation[] = [],
  resources: readonly Recorded[] = [],
): Promise<ScriptedPulumi> {
  return scriptPulumi(context, [
    { commands: '"stack ls "*', stdout: '[{"name": "hub"}]' },
    {
      commands: '"stack export "*',
      stdout: JSON.stringify({ deployment: { resources, pending_operations: pending } }),
    },
  ]);
}

/** An account with three clusters, two of which have one label, and five node pools in the first. */
function account() {
  const deleted: string[] = [];
  const pool = (id: number, type: string, tags: string[]) => ({ id, type, tags, nodes: [] });
  class Account extends LinodeClient {
    override clusters() {
      return Promise.resolve([
        { id: 1, label: "label-region" },
        { id: 2, label: "another" },
        { id: 3, label: "label-region" },
      ]);
    }
    override deleteCluster(id: number) {
      deleted.push(`cluster ${id}`);
      return Promise.resolve();
    }
    override pools(clusterId: number) {
      assert.equal(clusterId, 1);
      return Promise.resolve([
        pool(10, "plan", []),
        pool(11, "plan", ["separate", "batch"]),
        pool(12, "plan", ["batch", "separate"]),
        pool(13, "plan", ["separate", "other"]),
        pool(14, "larger", ["separate", "batch"]),
      ]);
    }
    override deletePool(clusterId: number, id: number) {
      deleted.push(`pool ${id} of cluster ${clusterId}`);
      return Promise.resolve();
    }
  }
  return { linode: new Account("http://127.0.0.1:1", "token"), deleted };
}

async function recoverWith(
  context: TestContext,
  pending: readonly Operation[],
  resources: readonly Recorded[] = [],
) {
  const { folder, pulumi, asked } = await pulumiOf(context, pending, resources);
  const { linode, deleted } = account();
  const said: string[] = [];
  const notice = (text: string): void => void said.push(text);
  const environment = await recover("hub", { pulumi, backend: folder, linode, notice }, {});
  return { asked: (await asked()).slice(1), deleted, said, environment };
}

test("After an update that was killed between two operations nothing needs to be done", async (context) => {
  assert.deepEqual(await recoverWith(context, []), { asked: [], deleted: [], said: [], environment: {} });
});

test("An update or deletion that was killed is left to the next update", async (context) => {
  const { resource } = creating("kubernetes:core/v1:Namespace", "vault");
  const pending = [
    { type: "updating", resource },
    { type: "deleting", resource },
  ];
  assert.deepEqual(await recoverWith(context, pending), {
    asked: [],
    deleted: [],
    said: [],
    environment: {},
  });
});

test("What was being created in the cluster is taken up by the next update, and the region stays", async (context) => {
  const pending = [
    creating("kubernetes:core/v1:Namespace", "vault"),
    creating("pulumi-nodejs:dynamic/vault-federation:NodeReadiness", "ready"),
  ];
  assert.deepEqual(await recoverWith(context, pending), {
    asked: ["refresh --clear-pending-creates --yes --skip-preview --stack hub"],
    deleted: [],
    said: [
      "an earlier update was killed while it created kubernetes:core/v1:Namespace vault, " +
        "pulumi-nodejs:dynamic/vault-federation:NodeReadiness ready: going on from there",
    ],
    environment: { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" },
  });
});

const goingOn = ["refresh --clear-pending-creates --yes --skip-preview --stack hub"];

test("A cluster that a killed update made without noting it is deleted, and no other one of its region", async (context) => {
  const pending = [creating(clusterType, "cluster", { label: "label-region" })];
  const { asked, deleted, said } = await recoverWith(context, pending, [{ type: clusterType, id: "1" }]);
  assert.deepEqual({ asked, deleted }, { asked: goingOn, deleted: ["cluster 3"] });
  assert.deepEqual(said, [
    `an earlier update was killed while it created ${clusterType} cluster: going on from there`,
    "removing cluster 3 (label-region), which that update made without noting it",
  ]);
});

test("What is deleted follows from what the killed update had asked for", async (context) => {
  const { deleted } = await recoverWith(context, [creating(clusterType, "cluster", { label: "another" })]);
  assert.deepEqual(deleted, ["cluster 2"]);
});

test("A node pool that a killed update made without noting it is deleted, and its cluster stays", async (context) => {
  const inputs = { clusterId: 1, type: "plan", tags: ["separate", "batch"] };
  const { asked, deleted, said } = await recoverWith(
    context,
    [creating(nodePoolType, "cluster-batch-pool", inputs)],
    [
      { type: clusterType, id: "1", outputs: { pools: [{ id: 10 }] } },
      { type: nodePoolType, id: "11" },
    ],
  );
  assert.deepEqual({ asked, deleted }, { asked: goingOn, deleted: ["pool 12 of cluster 1"] });
  assert.equal(
    said[1],
    "removing node pool 12 (separate, batch) of cluster 1, which that update made without noting it",
  );
});

test("A pool that is part of its cluster's resource is no stray one, whatever its tags", async (context) => {
  const { deleted } = await recoverWith(
    context,
    [creating(nodePoolType, "cluster-batch-pool", { clusterId: 1, type: "plan" })],
    [{ type: clusterType, id: "1", outputs: { pools: [{ id: 10 }] } }],
  );
  assert.deepEqual(deleted, []);
});

test("The pools of a cluster that is gone are not looked for", async (context) => {
  const inputs = { clusterId: 7, type: "plan", tags: ["separate", "batch"] };
  const { asked, deleted } = await recoverWith(context, [creating(nodePoolType, "batch", inputs)]);
  assert.deepEqual({ asked, deleted }, { asked: goingOn, deleted: [] });
});

test("A region that took up what a killed update had made is updated once more, without that permission", async (context) => {
  const { folder, pulumi, asked } = await pulumiOf(context, [
    creating("kubernetes:core/v1:Namespace", "vault"),
  ]);
  const { linode } = account();
  await bringUp("hub", { pulumi, backend: folder, linode, notice: () => undefined }, {});
  assert.deepEqual((await asked()).slice(2), [
    "refresh --clear-pending-creates --yes --skip-preview --stack hub",
    "stack ls --json",
    "upsert: up --yes --skip-preview --stack hub",
    "up --yes --skip-preview --stack hub",
  ]);
});

test("A region that nothing happened to is updated once", async (context) => {
  const { folder, pulumi, asked } = await pulumiOf(context);
  const { linode } = account();
  await bringUp("hub", { pulumi, backend: folder, linode, notice: () => undefined }, {});
  assert.deepEqual((await asked()).slice(2), ["stack ls --json", "up --yes --skip-preview --stack hub"]);
});

/** A backend whose stack `hub` is locked by a process that works on a backend, maybe another one. */
async function lockedBackend(context: TestContext, worksOn?: string) {
  const { folder, pulumi, asked } = await pulumiOf(context);
  const locks = join(folder, ".pulumi", "locks", "organization", "vault-federation", "hub");
  await mkdir(locks, { recursive: true });
  const holder = spawn(
    process.execPath,
    ["--eval", "console.log('up'); setInterval(() => undefined, 1_000)"],
    {
      env: { PULUMI_BACKEND_URL: `file://${worksOn ?? folder}` },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  context.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  await writeFile(join(locks, "a.json"), JSON.stringify({ pid: holder.pid }));
  return {
    place: { backend: folder, project: "vault-federation", stack: "hub" } as const,
    pulumi,
    asked,
    holder,
  };
}

test("An update that outlived its sandbox is waited for, then its lock is freed if it left one", async (context) => {
  const { place, pulumi, asked, holder } = await lockedBackend(context);
  const lines: string[] = [];
  await freeLock(pulumi, place, {
    onLine: (line) => {
      lines.push(line);
      holder.kill("SIGKILL");
    },
  });
  assert.deepEqual(lines, [
    `waiting for pulumi (process ${holder.pid ?? 0}), which is at work on this stack; Ctrl-C ends the wait`,
  ]);
  assert.deepEqual(await asked(), ["cancel --yes --stack hub"]);
});

test("An update that does not end is named, with a way to end it", async (context) => {
  const { place, pulumi, asked, holder } = await lockedBackend(context);
  await assert.rejects(freeLock(pulumi, place, {}, 0), {
    message:
      `pulumi (process ${holder.pid ?? 0}) is still at work on stack hub after 0 min. ` +
      `Wait until it ends, or interrupt it with \`kill -INT ${holder.pid ?? 0}\`, and try again.`,
  });
  assert.deepEqual(await asked(), []);
});

test("The wait for another update can be interrupted", async (context) => {
  const { place, pulumi } = await lockedBackend(context);
  const interrupt = new AbortController();
  const onLine = (): void => {
    interrupt.abort();
  };
  await assert.rejects(freeLock(pulumi, place, { onLine, signal: interrupt.signal }), { name: "AbortError" });
});

test("A process that got the number of a dead update is no obstacle", async (context) => {
  const { place, pulumi, asked } = await lockedBackend(context, "/another/backend");
  await freeLock(pulumi, place, {});
  assert.deepEqual(await asked(), ["cancel --yes --stack hub"]);
});

test("A lock that a loss of power has emptied is freed, beside one that is whole", async (context) => {
  const { place, pulumi, asked } = await lockedBackend(context, "/another/backend");
  const locks = join(place.backend, ".pulumi", "locks", "organization", place.project, place.stack);
  await writeFile(join(locks, "b.json"), "");
  await writeFile(join(locks, "c.json"), "null");
  await freeLock(pulumi, place, {});
  assert.deepEqual(await asked(), ["cancel --yes --stack hub"]);
});
