import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { findTraces } from "../support/host.ts";
import {
  desiredNode,
  edge,
  edgeCluster,
  edgeNode,
  hub,
  hubCluster,
  hubNodes,
  type ClusterPair,
} from "../support/pair.ts";
import { until } from "../support/sandbox.ts";

/** What nodes look like, and how they change. */
export function nodeTests(pair: () => ClusterPair): void {
  it("have Ready nodes with LKE's names, labels and this machine's capacity", async () => {
    const { sandbox } = pair();
    const observed = await sandbox.clusters.observe(hub);
    assert.deepEqual([...observed.readyNodes].sort(), ["50-1a", "50-1b"]);
    const columns = [
      "NAME:.metadata.name",
      "POOL:.metadata.labels.lke\\.linode\\.com/pool-id",
      "TYPE:.metadata.labels.node\\.kubernetes\\.io/instance-type",
      "REGION:.metadata.labels.topology\\.kubernetes\\.io/region",
      "PROVIDER:.spec.providerID",
      "CPU:.status.capacity.cpu",
    ];
    const format = `custom-columns=${columns.join()}`;
    const table = await sandbox.kubectl(hub, ["get", "nodes", "--no-headers", "-o", format]);
    const capacity = String(cpus().length);
    assert.deepEqual(
      table.split("\n").map((line) => line.split(/\s+/)),
      [
        [hubNodes[0], "50", "g6-standard-4", "us-ord", "linode://101", capacity],
        [hubNodes[1], "50", "g6-standard-4", "us-ord", "linode://102", capacity],
      ],
    );
  });

  it("refuse the administrator's old token once it was replaced", async () => {
    const { sandbox } = pair();
    const old = (await sandbox.clusters.observe(edge)).kubeconfig;
    await sandbox.clusters.regenerateKubeconfig(edge);
    assert.notEqual((await sandbox.clusters.observe(edge)).kubeconfig, old);
    assert.equal(await sandbox.kubectl(edge, ["auth", "can-i", "*", "*"]), "yes");
    const token = /token: (.*)/.exec(old ?? "")?.[1] ?? "";
    // The API server remembers a token's validity for 10 s.
    await until(
      () => sandbox.kubectl(edge, ["--token", token, "get", "nodes"]).catch(String),
      (answer) => answer.includes("must be logged in"),
    );
  });

  it("change labels and taints of nodes that exist, and keep those of others", async () => {
    const { sandbox } = pair();
    const name = hubNodes[1];
    const taint = { key: "dedicated", value: "vault", effect: "NoSchedule" } as const;
    await sandbox.kubectl(hub, ["label", "node", name, "owner=somebody"]);
    const paths = [".metadata.labels.owner", ".metadata.labels.tier", ".spec.taints[*].key"];
    const read = (): Promise<string[]> =>
      Promise.all(paths.map((path) => pair().field(hub, "node", name, path)));
    const pid = await pair().machinePid(name);
    const changed = { labels: { tier: "data" }, taints: [taint] };
    const nodes = hubCluster.nodes.map((member) =>
      member.id === "50-1b" ? { ...member, ...changed } : member,
    );
    await sandbox.clusters.apply({ ...hubCluster, nodes });
    assert.deepEqual(await read(), ["somebody", "data", "dedicated"]);
    await sandbox.clusters.apply(hubCluster);
    assert.deepEqual(await read(), ["somebody", "", ""]);
    assert.equal(await pair().machinePid(name), pid);
  });

  it("replace a node by another one, and leave nothing of the old one", async () => {
    const { sandbox } = pair();
    await sandbox.clusters.apply({ ...edgeCluster, nodes: [desiredNode("60-2b", 202)] });
    assert.equal(await sandbox.kubectl(edge, ["get", "nodes", "-o", "name"]), "node/lke1001-60-2b");
    assert.equal(await pair().machinePid(edgeNode), undefined);
    assert.deepEqual(await findTraces(`${pair().name}-${edgeNode}`, `${pair().name}/${edgeNode}`), []);
    assert.equal(existsSync(join(sandbox.folder.clusters, String(edge), "machines", edgeNode)), false);
    assert.equal(existsSync(join(sandbox.folder.logs, edgeNode)), false);
    assert.equal(
      await sandbox.kubectl(edge, ["get", "pod", "web-edge", "--ignore-not-found", "-o", "name"]),
      "",
    );
  });

  it("get another node beside the one they have, and lose it again", async () => {
    const { sandbox } = pair();
    const nodes = [desiredNode("60-2b", 202), desiredNode("60-3c", 203)];
    await sandbox.clusters.apply({ ...edgeCluster, nodes });
    assert.deepEqual([...(await sandbox.clusters.observe(edge)).readyNodes].sort(), ["60-2b", "60-3c"]);
    await sandbox.clusters.apply({ ...edgeCluster, nodes: nodes.slice(0, 1) });
    assert.deepEqual([...(await sandbox.clusters.observe(edge)).readyNodes], ["60-2b"]);
  });
}
