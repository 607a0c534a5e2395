import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { LinodeClient } from "../../federation/linode-client.ts";
import { recover } from "../../federation/recovery.ts";
import { readState } from "../../federation/state.ts";
import { LinodeAccount, TOKEN } from "../support/linode/linode-account.ts";
import { Workspace } from "./support/workspace.ts";

describe("an update that was killed under the real engine", () => {
  let account: LinodeAccount;
  let workspace: Workspace;
  let linode: LinodeClient;

  before(async () => {
    account = await LinodeAccount.create();
    linode = new LinodeClient(account.url, TOKEN);
    workspace = await Workspace.create("linode", ["@pulumi/linode"]);
    workspace.setVariable("LINODE_URL", account.url);
    workspace.setVariable("LINODE_TOKEN", TOKEN);
    await workspace.succeed("stack", "init", "hub");
  });
  after(async () => {
    await workspace.dispose();
    await account.dispose();
  });

  async function clusterIds(): Promise<readonly number[]> {
    return (await linode.clusters()).map(({ id }) => id);
  }

  /** Kills an update when all that it has left to create is of one type. */
  async function killedWhileCreating(type: string): Promise<void> {
    const update = workspace.start("up", "--yes", "--skip-preview");
    update.stdout?.resume();
    update.stderr?.resume();
    for (;;) {
      assert.equal(update.exitCode, null);
      const { pendingCreations, resources } = await readState(workspace.cli(), "hub");
      const isRestMade = resources.some(
        (resource) => resource.type === "linode:index/domainRecord:DomainRecord",
      );
      if (isRestMade && pendingCreations.length === 1 && pendingCreations[0]?.type === type) {
        break;
      }
      await delay(100);
    }
    update.kill("SIGKILL");
    await once(update, "exit");
    await workspace.succeed("cancel", "--yes");
  }

  /** Prepares the next update; answers what it had to do. */
  async function recovered(): Promise<readonly string[]> {
    const said: string[] = [];
    const notice = (text: string): void => void said.push(text);
    await recover("hub", { pulumi: workspace.cli(), backend: workspace.backend, linode, notice }, {});
    assert.deepEqual((await readState(workspace.cli(), "hub")).pendingCreations, []);
    return said;
  }

  it("leaves no cluster that its stack does not know", async () => {
    account.clusters.hold();
    await killedWhileCreating("linode:index/lkeCluster:LkeCluster");
    account.clusters.release();
    const [id = 0] = await clusterIds();
    assert.deepEqual(await recovered(), [
      "an earlier update was killed while it created linode:index/lkeCluster:LkeCluster hub: going on from there",
      `removing cluster ${id} (hub), which that update made without noting it`,
    ]);
    assert.deepEqual(await clusterIds(), []);
  });

  it("leaves no node pool that its stack does not know, and its cluster stays", async () => {
    const hang = { match: { method: "GET", path: "/pools/\\d+$" }, answer: { hang: true } };
    await account.call("POST", "/faults", hang);
    await killedWhileCreating("linode:index/lkeNodePool:LkeNodePool");
    const ids = await clusterIds();
    const [id = 0] = ids;
    const stray = (await linode.pools(id)).find(({ tags }) => tags.includes("batch"));
    assert.deepEqual(await recovered(), [
      "an earlier update was killed while it created linode:index/lkeNodePool:LkeNodePool batch: going on from there",
      `removing node pool ${stray?.id} (separate, batch) of cluster ${id}, which that update made without noting it`,
    ]);
    assert.equal(ids.length, 1);
    assert.deepEqual(await clusterIds(), ids);

    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.deepEqual(await clusterIds(), ids);
    assert.equal((await linode.pools(id)).filter(({ tags }) => tags.includes("batch")).length, 1);
    await workspace.succeed("preview", "--expect-no-changes");
  });
});
