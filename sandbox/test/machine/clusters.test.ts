import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { removeClusters } from "../../cluster/local-clusters.ts";
import { hostDevice } from "../../state/identity.ts";
import { findTraces, sandboxProcesses, stillRunning } from "./support/host.ts";
import { claim, service } from "./support/objects.ts";
import { ClusterPair, edge, hub } from "./support/pair.ts";
import { until } from "./support/sandbox.ts";
import { networkTests } from "./topics/network.ts";
import { nodeTests } from "./topics/nodes.ts";
import { recoveryTests } from "./topics/recovery.ts";
import { storageTests } from "./topics/storage.ts";

// One pair of clusters for all of them: starting it takes longer than any test. They build on each other's state, from
// the untouched pair to nothing.
describe("two local clusters", () => {
  let created: ClusterPair | undefined;
  const pair = (): ClusterPair => {
    assert.ok(created !== undefined);
    return created;
  };

  before(async () => {
    created = await ClusterPair.create();
  });

  after(async () => {
    await created?.sandbox.remove();
  });

  networkTests(pair);
  storageTests(pair);
  nodeTests(pair);
  recoveryTests(pair);

  it("leave load balancers and volumes behind when they are deleted, as on LKE", async () => {
    const { clusters } = pair().sandbox;
    await pair().sandbox.applyObjects(
      edge,
      service("left", 80, 8080, { type: "LoadBalancer" }),
      claim("left", "12Gi"),
    );
    const [ip] = await Promise.all([
      until(
        () => pair().field(edge, "service", "left", ".status.loadBalancer.ingress[0].ip"),
        (address) => address !== "",
      ),
      until(
        () => pair().field(edge, "pvc", "left", ".status.phase"),
        (phase) => phase === "Bound",
      ),
    ]);
    await clusters.remove(edge);
    assert.deepEqual(await clusters.observe(edge), { readyNodes: new Set() });
    assert.deepEqual(await findTraces(`${pair().name}-lke1001`, `${pair().name}/lke1001`), []);
    const [balancer] = await clusters.nodeBalancers();
    const [volume] = await clusters.volumes();
    assert.ok(balancer !== undefined && volume !== undefined);
    assert.deepEqual([balancer.region, balancer.ipv4], ["de-fra-2", ip]);
    assert.deepEqual([volume.region, volume.sizeGiB], ["de-fra-2", 12]);
    await clusters.deleteNodeBalancer(balancer.id);
    await clusters.deleteVolume(volume.id);
    assert.deepEqual([await clusters.nodeBalancers(), await clusters.volumes()], [[], []]);
  });

  it("are removed completely from a state folder that a crash left, half of it gone", async () => {
    const { sandbox, name } = pair();
    const { folder } = sandbox;
    await sandbox.clusters.stop();
    const processes = await sandboxProcesses(name);
    const controlPlane = await pair().machinePid("lke1000-control-plane");
    assert.ok(controlPlane !== undefined);
    process.kill(controlPlane, "SIGKILL");
    await rm(join(folder.clusters, String(hub), "cluster.json"));
    await rm(folder.identity);
    await removeClusters(folder);
    assert.deepEqual(await stillRunning(processes), []);
    assert.deepEqual(await findTraces(name, hostDevice(name.replace("vfed-", "")), folder.root), []);
    const left = (await readdir(folder.root)).filter((entry) => !entry.startsWith("kubeconfig-"));
    assert.deepEqual(left.sort(), ["images", "logs"]);
    assert.deepEqual(await readdir(folder.logs), []);
    await removeClusters(folder);
  });
});
