import assert from "node:assert/strict";
import { it } from "node:test";
import { stopAllMachines } from "../../../cluster/machine/machine.ts";
import { findMachines } from "../../../cluster/machine/processes.ts";
import { removeNetwork } from "../../../network/network.ts";
import { sandboxProcesses } from "../support/host.ts";
import { hub, hubCluster, hubNodes, type ClusterPair } from "../support/pair.ts";
import { until } from "../support/sandbox.ts";

/** How clusters survive what happens to their processes and to their manager. */
export function recoveryTests(pair: () => ClusterPair): void {
  const running = async (program: string): Promise<number[]> =>
    (await sandboxProcesses(pair().name))
      .filter(({ commandLine }) => commandLine.split(" ")[0]?.endsWith(`/${program}`))
      .map(({ pid }) => Number(pid));

  it("are adopted by another manager, without a restart", async () => {
    const { sandbox, name } = pair();
    const pids = async (): Promise<number[]> => (await findMachines(name)).map(({ pid }) => pid).sort();
    const before = await pids();
    await sandbox.restartManager();
    await sandbox.clusters.apply(hubCluster);
    assert.deepEqual(await pids(), before);
    assert.deepEqual([...(await sandbox.clusters.observe(hub)).readyNodes].sort(), ["50-1a", "50-1b"]);
  });

  for (const program of ["kube-apiserver", "etcd", "containerd", "kubelet"]) {
    it(`start ${program} again after it was killed`, async () => {
      const before = await running(program);
      const [victim] = before;
      assert.ok(victim !== undefined);
      process.kill(victim, "SIGKILL");
      await until(
        () => running(program),
        (pids) => pids.length === before.length && !pids.includes(victim),
      );
    });
  }

  it("start a machine again after all of it was killed, and its pods can be reached as before", async () => {
    const victim = await pair().machinePid(hubNodes[1]);
    assert.ok(victim !== undefined);
    process.kill(victim, "SIGKILL");
    await until(
      () => pair().machinePid(hubNodes[1]),
      (pid) => pid !== undefined && pid !== victim,
    );
    await pair().sandbox.kubectl(hub, ["delete", "pod/web-a", "pod/web-b", "--force"]);
    await pair().serveHub();
    const address = await pair().field(hub, "pod", "web-b", ".status.podIP");
    assert.equal(await pair().sandbox.fetchFrom(hub, "web-a", address, 8080), "web-b");
  });

  it("come back with their objects after a reboot, which ends all processes and namespaces", async () => {
    const { sandbox, name } = pair();
    await sandbox.clusters.stop();
    await stopAllMachines(name);
    await removeNetwork(name.replace("vfed-", ""));
    await sandbox.restartManager();
    await sandbox.clusters.apply(hubCluster);
    assert.deepEqual([...(await sandbox.clusters.observe(hub)).readyNodes].sort(), ["50-1a", "50-1b"]);
    await until(
      async () =>
        sandbox.fetchFrom(hub, "web-a", await pair().field(hub, "pod", "web-b", ".status.podIP"), 8080),
      (answer) => answer === "web-b",
    );
  });
}
