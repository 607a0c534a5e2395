import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";

/** Nodes come and go without the cluster. */
export function nodesComeAndGo(federation: () => Federation): void {
  it("adds and removes a pool of its own name without touching the others", async () => {
    const nodes = async (): Promise<string[]> =>
      (await federation().kubectl("edge", "get", "nodes", "--output", "name")).stdout
        .trim()
        .split("\n")
        .sort();
    const before = await nodes();

    await federation().sandbox.stack("edge").configure({ "cluster.pools.batch.type": "g6-dedicated-2" });
    await federation().sandbox.stack("edge").configure({ "cluster.pools.batch.count": "1" });
    await federation().sandbox.stack("edge").configure({ "cluster.pools.batch.labels.workload": "batch" });
    await federation().sandbox.stack("edge").update();
    assert.equal((await nodes()).length, 4);
    const labelled = await federation().kubectl(
      "edge",
      "get",
      "nodes",
      "--selector",
      "workload=batch",
      "--output",
      "name",
    );
    assert.equal(labelled.stdout.trim().split("\n").length, 1);
    await federation().sandbox.stack("edge").assertUnchanged();

    await federation().sandbox.stack("edge").unset("cluster.pools");
    await federation().sandbox.stack("edge").update();
    // Linode answers before the nodes of a deleted pool are gone.
    await eventually(async () => {
      assert.deepEqual(await nodes(), before);
    });
  });

  it("changes the number of nodes in place", async () => {
    await federation().sandbox.stack("hub").configure({ "cluster.systemPool.count": "2" });
    const updated = await federation().sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assertExit(updated);
    assert.doesNotMatch(updated.output, /replace/);
    await eventually(async () => {
      const nodes = await federation().kubectl("hub", "get", "nodes", "--output", "name");
      assert.equal(nodes.stdout.trim().split("\n").length, 2);
    });
  });

  it("goes on with new nodes after all of a cluster's nodes were recycled", async () => {
    const nodeNames = async (): Promise<string[]> =>
      (await federation().kubectl("hub", "get", "nodes", "--output", "name")).stdout.trim().split("\n");
    const before = await nodeNames();
    const hub = (await federation().sandbox.list("/lke/clusters")).find(
      ({ label }) => label === "vault-federation-hub-us-ord",
    );
    await federation().sandbox.linode("POST", `/v4/lke/clusters/${String(hub?.id)}/recycle`, {});
    await eventually(async () => {
      const now = await nodeNames();
      assert.equal(now.length, 2);
      assert.ok(now.every((name) => !before.includes(name)));
    });
    assertExit(
      await federation().kubectl("hub", "wait", "nodes", "--all", "--for=condition=Ready", "--timeout=60s"),
    );
    const rolledOut = ["--namespace", "cert-manager", "rollout", "status", "deployment", "--timeout=120s"];
    assertExit(await federation().kubectl("hub", ...rolledOut));
    await federation().sandbox.stack("hub").assertUnchanged();
  });
}
