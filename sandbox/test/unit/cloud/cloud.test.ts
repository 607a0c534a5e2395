import assert from "node:assert/strict";
import type { V1PersistentVolumeClaim, V1Service } from "@kubernetes/client-node";
import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chooseAddress, hostname, needsLoadBalancer } from "../../../cloud/load-balancers.ts";
import { persistentVolume, sizeGiB, unsupported } from "../../../cloud/persistent-volume.ts";
import { makeDataFolder } from "../../../cloud/volumes.ts";
import { RecordStore, type CloudRecord } from "../../../cloud/record-store.ts";

function service(object: unknown): V1Service {
  return object as V1Service;
}

function claimOf(object: unknown): V1PersistentVolumeClaim {
  return object as V1PersistentVolumeClaim;
}

describe("a load balancer", () => {
  const services: readonly [string, object, boolean][] = [
    ["is made for a Service of type LoadBalancer", { spec: { type: "LoadBalancer" } }, true],
    ["is not made for other types", { spec: { type: "NodePort" } }, false],
    [
      "is left to the controller of its class",
      { spec: { type: "LoadBalancer", loadBalancerClass: "x/y" } },
      false,
    ],
  ];
  for (const [description, object, expected] of services) {
    it(description, () => {
      assert.equal(needsLoadBalancer(service(object)), expected);
    });
  }

  it("is not made for a Service that is going", () => {
    const metadata = { deletionTimestamp: new Date(0) };
    assert.equal(needsLoadBalancer(service({ metadata, spec: { type: "LoadBalancer" } })), false);
  });

  it("gets the first free address, neither the first nor the last of its range", () => {
    const range = { first: "10.64.4.0", prefix: 30 };
    assert.equal(chooseAddress(range, []), "10.64.4.1");
    assert.equal(chooseAddress(range, ["10.64.4.1"]), "10.64.4.2");
    assert.throws(
      () => chooseAddress(range, ["10.64.4.1", "10.64.4.2"]),
      /All load balancer addresses of 10\.64\.4\.0\/30/,
    );
  });

  it("has the host name that Linode gives an address", () => {
    assert.equal(hostname("172.105.44.8"), "172-105-44-8.ip.linodeusercontent.com");
  });
});

describe("a volume", () => {
  it("has a folder that all may enter, and that stays as the kubelet has made it for a pod", async (context) => {
    const volume = await mkdtemp(join(tmpdir(), "volume-"));
    context.after(() => rm(volume, { recursive: true }));
    const data = join(volume, "data");
    await makeDataFolder(data);
    assert.equal((await stat(data)).mode & 0o7777, 0o755);
    await chmod(data, 0o2775);
    await makeDataFolder(data);
    assert.equal((await stat(data)).mode & 0o7777, 0o2775);
  });

  for (const [request, size] of [
    ["1Gi", 10],
    ["10Gi", 10],
    ["10.5Gi", 11],
    ["20G", 19],
    ["1Ti", 1024],
    ["12884901888", 12],
    ["2e10", 19],
    ["500Mi", 10],
  ] as const) {
    it(`has ${String(size)} GiB when ${request} is asked for`, () => {
      assert.equal(sizeGiB(request), size);
    });
  }

  it("is refused for what is no size", () => {
    assert.throws(() => sizeGiB("much"), /much is no size: write a whole number with a suffix, such as 10Gi/);
  });

  for (const [accessMode, volumeMode, expected] of [
    ["ReadWriteOnce", undefined, undefined],
    ["ReadWriteOncePod", "Filesystem", undefined],
    ["ReadWriteMany", undefined, /access mode ReadWriteMany is not possible, use ReadWriteOnce/],
    ["ReadWriteOnce", "Block", /volumeMode Block is not possible, use Filesystem/],
  ] as const) {
    it(`${expected === undefined ? "serves" : "refuses"} ${accessMode} with volume mode ${volumeMode ?? "unset"}`, () => {
      const reason = unsupported(claimOf({ spec: { accessModes: [accessMode], volumeMode } }));
      if (expected === undefined) {
        assert.equal(reason, undefined);
      } else {
        assert.match(reason ?? "", expected);
      }
    });
  }

  const claim = claimOf({
    metadata: { name: "data", namespace: "vault", uid: "0a-1b" },
    spec: { accessModes: ["ReadWriteOnce"] },
  });
  for (const [reclaimPolicy, finalizers] of [
    ["Delete", ["external-provisioner.volume.kubernetes.io/finalizer"]],
    ["Retain", undefined],
  ] as const) {
    it(`is bound to its claim and region, and ${finalizers === undefined ? "not held back" : "held back until its data is removed"} with ${reclaimPolicy}`, () => {
      const volume = persistentVolume(
        claim,
        { name: "class", reclaimPolicy },
        { id: 5, sizeGiB: 12, region: "us-ord" },
      );
      assert.deepEqual(volume.metadata.finalizers, finalizers);
      assert.deepEqual(volume.spec, {
        capacity: { storage: "12Gi" },
        accessModes: ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: reclaimPolicy,
        storageClassName: "class",
        claimRef: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          name: "data",
          namespace: "vault",
          uid: "0a-1b",
        },
        local: { path: "/run/volumes/5/data" },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: "topology.kubernetes.io/region", operator: "In", values: ["us-ord"] },
                ],
              },
            ],
          },
        },
      });
    });
  }
});

describe("the records of the cloud", () => {
  let folder: string;
  let store: RecordStore<CloudRecord>;
  const record = (id: number, owner: string): CloudRecord => ({
    ...{ id, label: `label-${owner}`, region: "us-ord", clusterId: 1000, owner, tags: [] },
    created: "2026-01-01T00:00:00.000Z",
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
    store = new RecordStore(folder);
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  it("hold one record for an owner, however often and at the same time it is asked for", async () => {
    const make = (id: number): CloudRecord => record(id, "one");
    const [first, second] = await Promise.all([
      store.findOrCreate(1000, "one", make),
      store.findOrCreate(1000, "one", make),
    ]);
    assert.deepEqual(second, first);
    assert.deepEqual(await store.list(), [first]);
    assert.deepEqual(await store.find(1000, "one"), first);
    assert.equal(await store.find(1001, "one"), undefined);
  });

  it("give different ids to things made at the same moment, in order", async () => {
    const made = await Promise.all(
      ["two", "three"].map((owner) => store.findOrCreate(1000, owner, (id) => record(id, owner))),
    );
    const ids = (await store.list()).map(({ id }) => id);
    assert.deepEqual(
      ids.slice(1),
      made.map(({ id }) => id),
    );
    assert.equal(new Set(ids).size, 3);
    assert.ok(ids.every((id) => id < 2 ** 31));
  });

  it("pass over a folder that a crash left without a record, and forget what is removed", async () => {
    await mkdir(store.folder(1));
    for (const { id } of await store.list()) {
      await store.remove(id);
    }
    await store.remove(99);
    assert.deepEqual(await store.list(), []);
  });
});
