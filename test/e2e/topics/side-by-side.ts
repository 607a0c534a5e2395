import assert from "node:assert/strict";
import { it } from "node:test";

import { makeBareCluster, startLinode } from "../../support/bare-cluster.ts";
import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";
import { TestSandbox } from "../../support/sandbox.ts";
import { slow } from "../../support/slow.ts";
import { traces } from "../../support/traces.ts";

/** Label of a cluster that both sandboxes have. */
const label = "vault-federation-hub-us-ord";

/** Two sandboxes of one machine are two. */
export function sandboxesStandSideBySide(federation: () => Federation): void {
  it(
    "is not disturbed by a second sandbox, which has addresses, ports and clusters of its own",
    slow,
    async () => {
      const first = federation().sandbox;
      const before = await snapshot(first);
      const second = await TestSandbox.create();
      try {
        await startLinode(second, "--no-vault");
        const [mine, its] = [await first.identity(), await second.identity()];
        assert.notEqual(its.id, mine.id);
        assert.notEqual(its.octet, mine.octet);
        const ports = [mine, its].flatMap(({ ports: { linodeApi, charts } }) => [linodeApi, charts]);
        assert.equal(new Set(ports).size, 4);

        assert.deepEqual(await second.list("/lke/clusters"), []);
        const { kubeconfig } = await makeBareCluster(second, { label, nodes: 1 });
        assert.deepEqual(await addresses(second, kubeconfig), [`10.${its.octet}.`]);
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
    },
  );
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

/** The ranges, `10.<octet>.`, in which the nodes of a cluster are that answers; of the sandbox's hub by default. */
async function addresses(sandbox: TestSandbox, kubeconfig?: string): Promise<readonly string[]> {
  const cluster = kubeconfig === undefined ? ["--context", "hub"] : ["--kubeconfig", kubeconfig];
  const path = 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}';
  const shown = await sandbox.run("kubectl", [...cluster, "get", "nodes", "--output", path]);
  assertExit(shown);
  return [...new Set(shown.stdout.split(" ").map((address) => /^\d+\.\d+\./.exec(address)?.[0] ?? ""))];
}
