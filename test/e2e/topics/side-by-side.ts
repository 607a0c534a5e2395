import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";
import { TestSandbox } from "../../support/sandbox.ts";
import { traces } from "../../support/traces.ts";

/** Label of a cluster that both sandboxes have. */
const label = "vault-federation-hub-us-ord";

/** Two sandboxes of one machine are two. */
export function sandboxesStandSideBySide(federation: () => Federation): void {
  it("is not disturbed by a second sandbox, which has addresses, ports and clusters of its own", async () => {
    const first = federation().sandbox;
    const before = await snapshot(first);
    const second = await TestSandbox.create();
    try {
      await startLinode(second);
      const [mine, its] = [await first.identity(), await second.identity()];
      assert.notEqual(its.id, mine.id);
      assert.notEqual(its.octet, mine.octet);
      const ports = [mine, its].flatMap(({ ports: { linodeApi, charts } }) => [linodeApi, charts]);
      assert.equal(new Set(ports).size, 4);

      assert.deepEqual(await second.list("/lke/clusters"), []);
      const { id } = (await second.linode("POST", "/v4/lke/clusters", {
        label,
        region: "us-ord",
        k8s_version: "1.36",
        node_pools: [{ type: "g6-standard-2", count: 1 }],
      })) as { id: number };
      await eventually(async () => {
        const kubeconfig = await kubeconfigOf(second, id);
        assert.deepEqual(await addresses(second, kubeconfig), [`10.${its.octet}.`]);
        const [pool] = await second.list(`/lke/clusters/${id}/pools`);
        assert.deepEqual(
          (pool?.nodes as { status: string }[]).map(({ status }) => status),
          ["ready"],
        );
      }, 120);
      assert.deepEqual(await addresses(first), [`10.${mine.octet}.`]);
      assert.deepEqual(await snapshot(first), before);

      assertExit(await second.command(["down"]));
      assert.equal(await traces(its.id, second), "");
    } finally {
      await second.remove();
    }
    assert.deepEqual(await snapshot(first), before);
    assert.deepEqual(await addresses(first), [`10.${(await first.identity()).octet}.`]);
    for (const stack of stacks) {
      await first.stack(stack).assertUnchanged();
    }
  });
}

/** Starts a sandbox as far as its Linode API: its regions would take minutes. */
async function startLinode(sandbox: TestSandbox): Promise<void> {
  const { exitCode, output } = await sandbox.command(["up", "--no-vault"], {
    onStart: (child) => {
      let isInterrupted = false;
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        if (!isInterrupted && text.includes("stack hub")) {
          isInterrupted = child.kill("SIGINT");
        }
      });
    },
  });
  assert.equal(exitCode, 1, output);
}

/** What another sandbox might take away or change. */
async function snapshot(sandbox: TestSandbox): Promise<object> {
  const processes = (await sandbox.processes())
    // Only those that last: plugins of Pulumi end a moment after it.
    .filter(({ command }) => command.some((argument) => /\/(init\.sh|daemon\/main\.ts)$/.test(argument)))
    .map(({ pid }) => pid);
  assert.notEqual(processes.length, 0);
  return {
    processes: processes.sort(),
    clusters: await sandbox.list("/lke/clusters"),
    identity: await sandbox.identity(),
  };
}

async function kubeconfigOf(sandbox: TestSandbox, cluster: number): Promise<string> {
  const path = `/v4/lke/clusters/${cluster}/kubeconfig`;
  const { kubeconfig } = (await sandbox.linode("GET", path)) as { kubeconfig: string };
  const file = join(sandbox.folder, "second-kubeconfig");
  await writeFile(file, Buffer.from(kubeconfig, "base64"), { mode: 0o600 });
  return file;
}

/** The ranges, `10.<octet>.`, in which the nodes of a cluster are that answers; of the sandbox's hub by default. */
async function addresses(sandbox: TestSandbox, kubeconfig?: string): Promise<readonly string[]> {
  const cluster = kubeconfig === undefined ? ["--context", "hub"] : ["--kubeconfig", kubeconfig];
  const path = 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}';
  const shown = await sandbox.run("kubectl", [...cluster, "get", "nodes", "--output", path]);
  assertExit(shown);
  return [...new Set(shown.stdout.split(" ").map((address) => /^\d+\.\d+\./.exec(address)?.[0] ?? ""))];
}
