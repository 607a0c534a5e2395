import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";

import { showFailuresAtOnce } from "../support/failures.ts";
import { makeBareCluster, startLinode, type BareCluster } from "../support/bare-cluster.ts";
import { assertExit } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";
import { stacks } from "../support/federation.ts";
import { TestSandbox } from "../support/sandbox.ts";

/** Everything that charts make outside of namespaces of their own. */
const kinds = [
  "namespaces",
  "customresourcedefinitions",
  "clusterroles",
  "clusterrolebindings",
  "mutatingwebhookconfigurations",
  "validatingwebhookconfigurations",
  "apiservices",
  "persistentvolumes",
  "roles",
  "rolebindings",
  "services",
  "serviceaccounts",
  "secrets",
  "configmaps",
];

describe("a sandbox of clusters that it was given", { timeout: 30 * 60_000 }, () => {
  showFailuresAtOnce();
  let owner: TestSandbox;
  let guest: TestSandbox;
  let clusters: readonly BareCluster[];
  let contents: readonly string[];

  before(async () => {
    [owner, guest] = [await TestSandbox.create(), await TestSandbox.create()];
    await startLinode(owner, "--no-vault");
    clusters = await Promise.all(
      stacks.map((label) => makeBareCluster(owner, { label: `given-${label}`, nodes: 1 })),
    );
    await eventually(async () => {
      contents = await list();
      assert.ok(contents[0]?.includes("configmap/kube-root-ca.crt"));
    });
  });
  after(async () => {
    assertExit(await guest.remove());
    assertExit(await owner.remove());
  });

  /** Runs kubectl on each of the clusters. */
  async function kubectl(...args: string[]): Promise<readonly string[]> {
    return Promise.all(
      clusters.map(async ({ kubeconfig }) => {
        const finished = await owner.run("kubectl", ["--kubeconfig", kubeconfig, ...args]);
        assertExit(finished);
        return finished.stdout;
      }),
    );
  }

  /** Names of what is in each of the clusters. */
  function list(): Promise<readonly string[]> {
    return kubectl("get", kinds.join(","), "--all-namespaces", "--output", "name");
  }

  it("brings both regions up in them, without local clusters of its own", async () => {
    const kubeconfigs = clusters.map(({ kubeconfig }) => kubeconfig);
    assertExit(await guest.command(["up", "--kubeconfig", ...kubeconfigs]));
    await kubectl("wait", "--for=condition=Ready", "--timeout=60s", "clusterissuer/ca");
    assert.equal(existsSync(`${guest.folder}/clusters`), false);
  });

  it("has nothing to change the second time, and goes on with the same clusters unasked", async () => {
    assertExit(await guest.command(["up"]));
    for (const stack of stacks) {
      await guest.stack(stack).assertUnchanged();
    }
  });

  it("leaves nothing in them when it is taken down, and they go on running", async () => {
    const nodes = await kubectl("get", "nodes", "--output", "name");
    assertExit(await guest.command(["down"]));
    assert.equal(existsSync(guest.folder), false);
    assert.deepEqual(await guest.processes(), []);
    assert.equal(existsSync(new URL("../../.kube", import.meta.url)), false);
    await eventually(async () => {
      assert.deepEqual(await list(), contents);
    });
    await kubectl("wait", "--for=condition=Ready", "--timeout=60s", "nodes", "--all");
    assert.deepEqual(await kubectl("get", "nodes", "--output", "name"), nodes);
    assert.deepEqual(
      (await owner.list("/lke/clusters")).map(({ id }) => id),
      clusters.map(({ id }) => id),
    );
  });
});
