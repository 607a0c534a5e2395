import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { claim, podWithVolume } from "../support/objects.ts";
import { hub, hubNodes, type ClusterPair } from "../support/pair.ts";
import { until } from "../support/sandbox.ts";

/** What becomes of claims and volumes. */
export function storageTests(pair: () => ClusterPair): void {
  it("keep a volume's data when its pod moves to another node, and remove it with the claim", async () => {
    const { sandbox } = pair();
    await sandbox.applyObjects(hub, claim("data", "1Gi", "linode-block-storage"));
    await sandbox.applyObjects(
      hub,
      podWithVolume("writer", hubNodes[0], "data", "echo kept >/data/file; sleep 1d"),
    );
    await pair().ready(hub, "writer");
    await sandbox.kubectl(hub, ["delete", "pod", "writer", "--force"]);
    await sandbox.applyObjects(hub, podWithVolume("reader", hubNodes[1], "data", "sleep 1d"));
    await pair().ready(hub, "reader");
    assert.equal(await sandbox.shell(hub, "reader", "cat /data/file"), "kept");
    const [volume, ...others] = await sandbox.clusters.volumes();
    assert.ok(volume !== undefined && others.length === 0);
    assert.deepEqual([volume.region, volume.sizeGiB, volume.tags], ["us-ord", 10, ["lke1000"]]);
    const folder = join(sandbox.folder.volumes, String(volume.id));
    assert.equal(await readFile(join(folder, "data/file"), "utf8"), "kept\n");
    await sandbox.kubectl(hub, ["delete", "pod/reader", "--force"]);
    await sandbox.kubectl(hub, ["delete", "pvc/data"]);
    await until(
      () => sandbox.kubectl(hub, ["get", "pv", "-o", "name"]),
      (volumes) => volumes === "",
    );
    assert.equal(existsSync(folder), false);
    assert.deepEqual(await sandbox.clusters.volumes(), []);
  });

  it("keep a volume of the default class after its claim is gone", async () => {
    const { sandbox } = pair();
    await sandbox.applyObjects(hub, claim("retained", "11Gi"));
    const name = await until(
      () => pair().field(hub, "pvc", "retained", ".spec.volumeName"),
      (volume) => volume !== "",
    );
    await sandbox.kubectl(hub, ["delete", "pvc/retained"]);
    await until(
      () => pair().field(hub, "pv", name, ".status.phase"),
      (phase) => phase === "Released",
    );
    await sandbox.kubectl(hub, ["delete", "pv", name]);
    const [volume] = await sandbox.clusters.volumes();
    assert.equal(volume?.sizeGiB, 11);
    assert.equal(existsSync(join(sandbox.folder.volumes, String(volume.id), "data")), true);
    await sandbox.clusters.deleteVolume(volume.id);
    assert.deepEqual(await sandbox.clusters.volumes(), []);
    assert.equal(existsSync(join(sandbox.folder.volumes, String(volume.id))), false);
  });

  it("say why a claim that block storage can't serve stays unbound", async () => {
    const { sandbox } = pair();
    await sandbox.applyObjects(hub, claim("shared", "10Gi", undefined, "ReadWriteMany"));
    const refusals = ["--field-selector", "involvedObject.name=shared,reason=ProvisioningFailed"];
    const message = await until(
      () => sandbox.kubectl(hub, ["get", "events", ...refusals, "-o", "jsonpath={.items[*].message}"]),
      (text) => text !== "",
    );
    assert.match(message, /access mode ReadWriteMany is not possible, use ReadWriteOnce/);
    await sandbox.kubectl(hub, ["delete", "pvc/shared"]);
    assert.deepEqual(await sandbox.clusters.volumes(), []);
  });
}
