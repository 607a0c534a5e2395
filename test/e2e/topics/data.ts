import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";
import { Writer } from "../../support/writer.ts";

const enoughWrites = 20;

const vaultChart = fileURLToPath(new URL("../../../sandbox/charts/vault", import.meta.url));

/** What was acknowledged is kept, whatever happens to servers, volumes and nodes. */
export function dataSurvives(hub: () => HubVault): void {
  const moreWrites = async (writer: Writer): Promise<void> => {
    const before = writer.acknowledged.length;
    await eventually(() => {
      assert.ok(writer.acknowledged.length >= before + enoughWrites);
      return Promise.resolve();
    }, 120);
  };
  const unsealSoon = async (): Promise<void> => {
    await hub().unseal();
    await eventually(() => hub().assertHealthy(), 180);
  };

  /** Has the sandbox's repository serve Vault's chart in one more version. */
  const publishChart = async (version: string): Promise<void> => {
    const repository = join(hub().sandbox.folder, "charts");
    const packaged = ["package", vaultChart, "--version", version, "--destination", repository];
    assertExit(await hub().sandbox.run("helm", packaged));
    assertExit(await hub().sandbox.run("helm", ["repo", "index", repository]));
  };
  /** Name and version of the chart that each server was made by. */
  const chartsOfServers = async (): Promise<string[]> => {
    const path = String.raw`jsonpath={.items[*].metadata.labels.helm\.sh/chart}`;
    const shown = await hub().kubectl("get", "pods", "--selector=component=server", "--output", path);
    assertExit(shown);
    return shown.stdout.split(" ");
  };

  it("takes a server back that has lost its volume", async () => {
    await hub().loseVolumes(["vault-2"], ["data"]);
    await unsealSoon();
  });

  it("loses no acknowledged write when the leader is killed in the midst of writes", async () => {
    await hub().withRootToken(async (vault) => {
      const writer = new Writer(vault, "leader-killed");
      await writer.during(async () => {
        await moreWrites(writer);
        await hub().keepLogs();
        const leader = await hub().kubectl("get", "pods", "--selector=vault-active=true", "--output", "name");
        assert.match(leader.stdout, /^pod\/vault-\d\n$/);
        assertExit(await hub().kubectl("delete", leader.stdout.trim(), "--grace-period=0", "--force"));
        await moreWrites(writer);
      });
      await unsealSoon();
      assert.deepEqual(await writer.lost(vault), []);
    });
  });

  it("runs a new version of the chart only when it is rolled out, and loses no acknowledged write by that", async () => {
    const [before, next] = ["vault-0.32.0", "vault-0.32.1"];
    assert.deepEqual(await chartsOfServers(), [before, before, before]);
    await publishChart("0.32.1");
    const stack = hub().sandbox.stack("hub");
    await stack.configure({ "charts.vault.version": "0.32.1" });
    await stack.update();
    // The release alone is upgraded: who would open a server that it restarted?
    assert.deepEqual(await chartsOfServers(), [before, before, before]);
    const drift = await hub().vfed(["status", "hub"]);
    assertExit(drift, 1);
    assert.match(drift.output, /vault 0\.32\.1/);
    assert.match(
      drift.output,
      /vault-0, vault-1, vault-2 are made from an older specification: run `vfed roll hub`/,
    );

    const started = await hub().startTimes();
    const refused = await hub().vfed(["roll", "hub", ...hub().keys("alice")]);
    assertExit(refused, 1);
    assert.match(
      refused.output,
      /no server is restarted: 2 shares are needed to unseal it again, and there are 1/,
    );
    assert.equal(await hub().startTimes(), started);

    await hub().withRootToken(async (vault) => {
      const writer = new Writer(vault, "rolled");
      await writer.during(async () => {
        await moreWrites(writer);
        await hub().keepLogs();
        assertExit(await hub().vfed(["roll", "hub", ...hub().keys("alice", "carol")]));
        await moreWrites(writer);
      });
      assert.deepEqual(await writer.lost(vault), []);
    });
    assert.deepEqual(await chartsOfServers(), [next, next, next]);
    await hub().assertHealthy();
    await stack.assertUnchanged();
  });

  it("is whole again after a node of its servers was recycled", async () => {
    const node = "jsonpath={.spec.nodeName}";
    const { stdout: name } = await hub().kubectl("get", "pod", "vault-1", "--output", node);
    const { id: cluster } =
      (await hub().sandbox.list("/lke/clusters")).find(({ region }) => region === "us-ord") ?? {};
    const pools = await hub().sandbox.list(`/lke/clusters/${String(cluster)}/pools`);
    const nodes = pools.flatMap((pool) => pool.nodes as { id: string }[]);
    const recycled = nodes.find(({ id }) => name === `lke${String(cluster)}-${id}`);
    assert.ok(recycled !== undefined, `${name} is none of ${nodes.map(({ id }) => id).join(", ")}`);
    await hub().keepLogs();
    await hub().sandbox.linode(
      "POST",
      `/v4/lke/clusters/${String(cluster)}/nodes/${recycled.id}/recycle`,
      {},
    );
    await eventually(async () => {
      const moved = await hub().kubectl("get", "pod", "vault-1", "--output", node);
      assert.ok(moved.stdout !== "" && moved.stdout !== name);
    }, 180);
    await unsealSoon();
    const survivor = await hub().withRootToken((vault) =>
      vault.send<{ data: { data: object } }>("GET", "secret/data/survivor"),
    );
    assert.deepEqual(survivor.data.data, { value: "here" });
  });
}
