import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inspectCluster, ProvidedClusters } from "../../../linode/provided-clusters.ts";
import type { DesiredCluster } from "../../../linode/provisioner.ts";
import { provideCluster } from "../../support/provided-cluster.ts";

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "provided-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

function desired(id: number, kubernetesVersion: string): DesiredCluster {
  const node = {
    id: `${String(id)}-1`,
    instanceId: 7,
    type: "g6-standard-2",
    poolId: 5,
    labels: {},
    taints: [],
  };
  return { id, label: `cluster-${String(id)}`, region: "us-ord", kubernetesVersion, nodes: [node] };
}

test("Each cluster gets a kubeconfig of its version, keeps it over a restart, and frees it when removed", async (context) => {
  const folder = await temporaryFolder(context);
  const [older, newer] = [
    await provideCluster(context, folder, { minor: "35" }),
    await provideCluster(context, folder, { minor: "36+" }),
  ];
  const open = () => ProvidedClusters.open([older.path, newer.path], join(folder, "claims.json"));
  const provided = await open();
  assert.deepEqual(provided.kubernetesVersions, ["1.36", "1.35"]);
  assert.equal(provided.capacity, 2);
  assert.deepEqual(await provided.observe(1), { readyNodes: new Set() });

  await provided.apply(desired(1, "1.36"));
  await provided.apply(desired(2, "1.35"));
  const restarted = await open();
  assert.deepEqual(await restarted.observe(1), {
    endpoint: newer.endpoint,
    kubeconfig: newer.kubeconfig,
    readyNodes: new Set(["1-1"]),
  });
  assert.equal((await restarted.observe(2)).endpoint, older.endpoint);

  await assert.rejects(
    restarted.apply(desired(3, "1.36")),
    /^Error: no kubeconfig is free for it; cluster-3 should have Kubernetes 1\.36$/,
  );
  await restarted.remove(1);
  await restarted.apply(desired(3, "1.36"));
  assert.equal((await restarted.observe(3)).endpoint, newer.endpoint);
});

test("The clusters of the same version are given away in the order of their kubeconfigs", async (context) => {
  const folder = await temporaryFolder(context);
  const [hub, edge] = [
    await provideCluster(context, folder, { minor: "36" }),
    await provideCluster(context, folder, { minor: "36" }),
  ];
  const provided = await ProvidedClusters.open([hub.path, edge.path], join(folder, "claims.json"));
  await provided.apply(desired(1, "1.36"));
  await provided.apply(desired(2, "1.36"));
  assert.equal((await provided.observe(1)).endpoint, hub.endpoint);
  assert.equal((await provided.observe(2)).endpoint, edge.endpoint);
  await provided.remove(1);
  await provided.apply(desired(3, "1.36"));
  assert.equal((await provided.observe(3)).endpoint, hub.endpoint);
});

test("A cluster that can't be reached is no obstacle to the other one, and is used again as soon as it can be", async (context) => {
  const folder = await temporaryFolder(context);
  const hub = await provideCluster(context, folder, { minor: "36" });
  const edge = join(folder, "edge.yaml");
  const claims = join(folder, "claims.json");
  await writeFile(claims, JSON.stringify({ 1: { path: hub.path, nodes: [] }, 2: { path: edge, nodes: [] } }));
  const warnings: string[] = [];
  const provided = await ProvidedClusters.open([hub.path, edge], claims, (text) => warnings.push(text));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /edge\.yaml/);
  await provided.apply(desired(1, "1.36"));
  assert.deepEqual((await provided.observe(1)).readyNodes, new Set(["1-1"]));
  await assert.rejects(provided.observe(2), /edge\.yaml/);
  await assert.rejects(provided.apply(desired(3, "1.36")), /edge\.yaml/);
  const { endpoint } = await provideCluster(context, folder, { minor: "36", fileName: "edge.yaml" });
  assert.equal((await provided.observe(2)).endpoint, endpoint);
});

test("Clusters that are made at the same time are given different ones", async (context) => {
  const folder = await temporaryFolder(context);
  const [hub, edge] = [
    await provideCluster(context, folder, { minor: "36" }),
    await provideCluster(context, folder, { minor: "36" }),
  ];
  const provided = await ProvidedClusters.open([hub.path, edge.path], join(folder, "claims.json"));
  await Promise.all([provided.apply(desired(1, "1.36")), provided.apply(desired(2, "1.36"))]);
  assert.equal((await provided.observe(1)).endpoint, hub.endpoint);
  assert.equal((await provided.observe(2)).endpoint, edge.endpoint);
});

test("A given cluster tells its version and its Ready nodes", async (context) => {
  const folder = await temporaryFolder(context);
  const [ready, sick] = [
    await provideCluster(context, folder, { minor: "36+" }),
    await provideCluster(context, folder, { minor: "35", ready: "False" }),
  ];
  assert.deepEqual(await inspectCluster(ready.path), { kubernetesVersion: "1.36", readyNodes: 1 });
  await assert.rejects(inspectCluster(sick.path), {
    message:
      `the cluster of the kubeconfig ${sick.path} has no node that is Ready. ` +
      `\`kubectl --kubeconfig ${sick.path} describe nodes\` says why; try again when one is.`,
  });
});

test("A given cluster is never upgraded", async (context) => {
  const folder = await temporaryFolder(context);
  const cluster = await provideCluster(context, folder, { minor: "35" });
  const provided = await ProvidedClusters.open([cluster.path], join(folder, "claims.json"));
  await provided.apply(desired(1, "1.35"));
  await assert.rejects(
    provided.apply(desired(1, "1.36")),
    /runs Kubernetes 1\.35; cluster-1 should have Kubernetes 1\.36$/,
  );
});

test("Nodes are not Ready while no node of the given cluster is", async (context) => {
  const folder = await temporaryFolder(context);
  const cluster = await provideCluster(context, folder, { minor: "35", ready: "Unknown" });
  const provided = await ProvidedClusters.open([cluster.path], join(folder, "claims.json"));
  await provided.apply(desired(1, "1.35"));
  assert.deepEqual((await provided.observe(1)).readyNodes, new Set());
});

test("The kubeconfig of a given cluster can't be regenerated", async (context) => {
  const folder = await temporaryFolder(context);
  const cluster = await provideCluster(context, folder, { minor: "35" });
  const provided = await ProvidedClusters.open([cluster.path], join(folder, "claims.json"));
  await assert.rejects(provided.regenerateKubeconfig(), { status: 400 });
});

test("Why no cluster can be used is told of each kubeconfig", async (context) => {
  const folder = await temporaryFolder(context);
  const paths = ["hub", "edge"].map((name) => join(folder, name));
  await assert.rejects(ProvidedClusters.open(paths, join(folder, "claims.json")), {
    message: paths
      .map(
        (path) =>
          `the kubeconfig ${path} can't be read: ENOENT: no such file or directory, open '${path}'. ` +
          "Correct its path or its permissions.",
      )
      .join("\n"),
  });
});
