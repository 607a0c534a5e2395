import assert from "node:assert/strict";
import { it } from "node:test";

import { sandboxName } from "../../../sandbox/state/identity.ts";
import { sandboxProcesses } from "../../../sandbox/test/machine/support/host.ts";
import { eventually } from "../../support/eventually.ts";
import type { Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";

const stack = "further";
const label = "vault-federation-further";

/** A cluster whose nodes do not get Ready is told of, kept and waited for again. */
export function unreadyClustersAreWaitedFor(federation: () => Federation): void {
  it("says that a cluster's nodes never got Ready and what to do, and goes on when they do", async () => {
    const { sandbox } = federation();
    const init = ["stack", "init", stack, "--no-select", "--copy-config-from", "edge"];
    assertExit(await sandbox.pulumi(init));
    const further = sandbox.stack(stack);
    await further.configure({
      "cluster.label": label,
      "cluster.systemPool.count": "1",
      "cluster.readyTimeout": "5s",
    });
    const others = await kubelets();

    // As long as Linode has no kubeconfig for it, nobody looks at the nodes.
    await sandbox.linode("POST", "/faults", {
      match: { method: "GET", path: "/lke/clusters/\\d+/kubeconfig" },
      times: 1_000,
      answer: { status: 503, headers: { "Retry-After": "1" } },
    });
    const updating = further.pulumi("up", "--yes", "--skip-preview");
    let frozen: readonly number[] = [];
    try {
      await eventually(async () => {
        frozen = (await kubelets()).filter((pid) => !others.includes(pid));
        assert.equal(frozen.length, 1);
      }, 120);
      frozen.forEach((pid) => process.kill(pid, "SIGSTOP"));
      // It may have been Ready for a moment; Kubernetes forgets that after a while of silence.
      await eventually(async () => {
        assert.deepEqual(await nodeStates(), ["not_ready"]);
      }, 120);
      await sandbox.linode("DELETE", "/faults");

      const failed = await updating;
      assert.notEqual(failed.exitCode, 0);
      assert.match(failed.output, /the cluster did not become ready within 5 s: 0 of 1 nodes are ready/);
      assert.match(failed.output, /`kubectl describe nodes`; the next `pulumi up` waits again\./);
      assert.match(failed.output, /raise `vault-federation:cluster\.readyTimeout`/);
    } finally {
      await sandbox.linode("DELETE", "/faults");
      frozen.forEach((pid) => process.kill(pid, "SIGCONT"));
    }
    const kept = await clusters();
    assert.equal(kept.length, 1);

    await further.configure({ "cluster.readyTimeout": "20m" });
    await further.update();
    assert.deepEqual(await nodeStates(), ["ready"]);
    assert.deepEqual(await clusters(), kept);
    assertExit(await further.pulumi("destroy", "--yes", "--skip-preview", "--remove"));
    assert.deepEqual(await clusters(), []);
  });

  /** Process ids of the sandbox's kubelets. */
  async function kubelets(): Promise<readonly number[]> {
    const { id } = await federation().sandbox.identity();
    const processes = await sandboxProcesses(sandboxName(id));
    return processes
      .filter(({ commandLine }) => commandLine.split(" ")[0]?.endsWith("/kubelet"))
      .map(({ pid }) => Number(pid));
  }

  async function clusters(): Promise<readonly unknown[]> {
    const all = await federation().sandbox.list("/lke/clusters");
    return all.filter((cluster) => cluster.label === `${label}-fr-par`).map(({ id }) => id);
  }

  async function nodeStates(): Promise<readonly string[]> {
    const pools = await Promise.all(
      (await clusters()).map((id) => federation().sandbox.list(`/lke/clusters/${String(id)}/pools`)),
    );
    return pools.flat().flatMap(({ nodes }) => (nodes as { status: string }[]).map(({ status }) => status));
  }
}
