import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { KubeConfig, V1Pod, V1StatefulSet } from "@kubernetes/client-node";

import { describePod, VaultPods } from "../../../../cli/region/vault-pods.ts";
import { serveKubernetesApi, unreachableKubeconfig } from "../../../support/kubernetes-api.ts";
import { PodStore } from "../../../support/pod-store.ts";
import { withSleepsEnded } from "../../../support/time.ts";

const set = Object.assign(new V1StatefulSet(), { status: { replicas: 3, updateRevision: "vault-2" } });

function pod(changes: object = {}): V1Pod {
  return Object.assign(new V1Pod(), {
    metadata: { labels: { "controller-revision-hash": "vault-2" } },
    spec: {
      containers: [
        { name: "certificate-reload", image: "other" },
        { name: "vault", image: "vault:1" },
      ],
    },
    status: {
      phase: "Running",
      containerStatuses: [
        {
          name: "certificate-reload",
          image: "",
          imageID: "",
          ready: true,
          restartCount: 7,
          state: { running: {} },
        },
        { name: "vault", image: "", imageID: "", ready: false, restartCount: 2, state: { running: {} } },
      ],
    },
    ...changes,
  });
}

describe("the servers of a cluster", () => {
  async function read(kubeconfig: string): Promise<unknown> {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    return new VaultPods(config, "vault").statefulSet();
  }

  it("are not there before the first update that installs them", async (context) => {
    const api = await serveKubernetesApi([404, { message: 'statefulsets.apps "vault" not found' }]);
    context.after(() => api.close());
    await assert.rejects(read(api.kubeconfig), {
      exitCode: 1,
      message:
        "the cluster has no Vault servers: there is no StatefulSet vault/vault. Run `pulumi up`, which installs them.",
    });
  });

  it("are unknown where the cluster does not answer, or not to this kubeconfig", async (context) => {
    const api = await serveKubernetesApi([401, { message: "Unauthorized" }]);
    context.after(() => api.close());
    for (const [kubeconfig, reason] of [
      [await unreachableKubeconfig(), "ECONNREFUSED"],
      [api.kubeconfig, "401"],
    ] as const) {
      await assert.rejects(read(kubeconfig), {
        exitCode: 2,
        message: new RegExp(
          `^the StatefulSet vault/vault can't be read: .*${reason}.* See that this machine reaches the cluster; ` +
            "if its kubeconfig is outdated, `pulumi refresh --target '\\*\\*linode:index/lkeCluster:LkeCluster::\\*'` renews it\\.$",
        ),
      });
    }
  });
});

describe("the servers that are stuck", () => {
  it("are outdated and do not run", async (context) => {
    const state = { waiting: { reason: "ErrImagePull" } };
    const store = await new PodStore({
      "vault-0": { uid: "0", revision: "old", state: { running: {} } },
      "vault-1": { uid: "1", revision: "old", state },
      "vault-2": { uid: "2", revision: "new", state },
    }).start();
    context.after(() => store.close());
    const config = new KubeConfig();
    config.loadFromString(store.kubeconfig);
    const pods = new VaultPods(config, "vault");
    assert.deepEqual(await pods.stuck(), ["vault-1"]);
    await pods.restart("vault-1", 0);
    assert.deepEqual(store.deleted, ["vault-1"]);
    assert.deepEqual(await pods.stuck(), []);
  });

  it("are not waited for beyond the deadline when the cluster hangs after one is deleted", async (context) => {
    class FrozenStore extends PodStore {
      protected override answer(...asked: Parameters<PodStore["answer"]>): ReturnType<PodStore["answer"]> {
        return this.deleted.length > 0 ? new Promise(() => undefined) : super.answer(...asked);
      }
    }
    const store = await new FrozenStore({
      "vault-0": { uid: "0", revision: "old", state: { running: {} } },
    }).start();
    context.after(() => store.close());
    const config = new KubeConfig();
    config.loadFromString(store.kubeconfig);
    await assert.rejects(
      withSleepsEnded(5_000, () => new VaultPods(config, "vault").restart("vault-0", 0)),
      { exitCode: 2, message: "pod vault/vault-0 can't be read: no answer within 5 s. Try again." },
    );
    assert.deepEqual(store.deleted, ["vault-0"]);
  });
});

describe("a server's pod", () => {
  it("runs when Vault's container does, though a sealed server is not ready", () => {
    assert.deepEqual(describePod("vault-0", pod(), set), {
      name: "vault-0",
      running: true,
      obstacle: "",
      image: "vault:1",
      outdated: false,
      restarts: 2,
    });
  });

  it("is outdated when it was made from another revision than the StatefulSet's", () => {
    const old = pod({ metadata: { labels: { "controller-revision-hash": "vault-1" } } });
    assert.equal(describePod("vault-0", old, set).outdated, true);
  });

  const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image" };
  const cases: [title: string, pod: V1Pod | undefined, obstacle: string][] = [
    ["there is none", undefined, "there is no pod"],
    ["it is ending", pod({ metadata: { deletionTimestamp: new Date() } }), "it is ending"],
    [
      "its container waits",
      pod({
        status: {
          containerStatuses: [
            { name: "vault", image: "", imageID: "", ready: false, restartCount: 0, state: { waiting } },
          ],
        },
      }),
      "Back-off pulling image",
    ],
    [
      "no node takes it",
      pod({
        status: {
          phase: "Pending",
          conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes" }],
        },
      }),
      "0/3 nodes",
    ],
    ["nothing more is known than its phase", pod({ status: { phase: "Pending" } }), "Pending"],
  ];
  for (const [title, described, obstacle] of cases) {
    it(`does not run when ${title}`, () => {
      const { running, obstacle: found } = describePod("vault-0", described, set);
      assert.deepEqual({ running, found }, { running: false, found: obstacle });
    });
  }

  it("that does not exist is not outdated: the next one is new", () => {
    assert.equal(describePod("vault-0", undefined, set).outdated, false);
  });
});
