import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";

import { Servers, waitUntil } from "../../../../../components/vault/bootstrap/servers.ts";
import {
  serveKubernetesApi,
  unreachableKubeconfig,
  type Answer,
  type KubernetesApi,
} from "../../../../support/kubernetes-api.ts";
import { PodStore, type StoredPod } from "../../../../support/pod-store.ts";
import { withoutSleeping, withSleepsEnded } from "../../../../support/time.ts";

const missing: Answer = [404, { message: "not found" }];

/** A pod with a status. */
function pod(status: object): Answer {
  return [200, { apiVersion: "v1", kind: "Pod", metadata: { name: "vault-0" }, status }];
}

const running = pod({
  containerStatuses: [
    { name: "certificate-reload", state: {} },
    { name: "vault", ready: false, state: { running: { startedAt: "2026-01-01T00:00:00Z" } } },
  ],
});
const crashing = pod({
  containerStatuses: [
    { name: "certificate-reload", state: { running: { startedAt: "2026-01-01T00:00:00Z" } } },
    { name: "vault", state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } } },
  ],
});
const pulling = pod({
  containerStatuses: [{ name: "vault", state: { waiting: { reason: "ContainerCreating" } } }],
});
const unscheduled = pod({
  phase: "Pending",
  conditions: [
    { type: "Initialized", status: "False", message: "not this one" },
    { type: "PodScheduled", status: "False", message: "0/2 nodes are available" },
  ],
});
const pending = pod({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "True" }] });

describe("Waiting until the servers run", () => {
  let api: KubernetesApi | undefined;

  afterEach(async () => {
    await api?.close();
    api = undefined;
  });

  async function wait(answers: readonly Answer[], replicas = 1): Promise<void> {
    api = await serveKubernetesApi(...answers);
    await lookAt(api.kubeconfig, replicas);
  }

  /** Looks once, as the time is up already. */
  async function lookAt(kubeconfig: string, replicas: number): Promise<void> {
    const servers = new Servers({ kubeconfig, namespace: "ns", replicas, caBundle: "" });
    try {
      await servers.waitUntilRunning(0);
    } finally {
      servers.close();
    }
  }

  test("ends as soon as each server's own container runs, sealed or not", async () => {
    await wait([running], 3);
    assert.deepEqual(
      [...(api?.requests ?? [])].sort(),
      [0, 1, 2].map((index) => `/api/v1/namespaces/ns/pods/vault-${index}`),
    );
  });

  for (const [title, answer, reason] of [
    ["crashes", crashing, "back-off 5m0s"],
    ["is being pulled", pulling, "ContainerCreating"],
    ["has no node", unscheduled, "0/2 nodes are available"],
    ["has not begun", pending, "Pending"],
    ["has no status", pod({}), "not started"],
  ] as const) {
    test(`fails when the time is up, with the reason of a server that ${title}`, async () => {
      await assert.rejects(wait([answer, [200, { items: [] }]]), {
        message: `the Vault servers do not run: vault-0: ${reason}. Once that is mended, \`pulumi up\` goes on from here.`,
      });
    });
  }

  test("fails with the last warning about a server of which its status does not say what it waits for", async () => {
    const warning = (message: string, lastTimestamp: string) => ({ message, lastTimestamp });
    const events: Answer = [
      200,
      {
        items: [
          warning('secret "vault-seal" not found', "2026-01-01T00:02:00Z"),
          warning("an older one", "2026-01-01T00:01:00Z"),
        ],
      },
    ];
    await assert.rejects(wait([pulling, events]), /vault-0: secret "vault-seal" not found\. Once/);
    assert.deepEqual(api?.requests, [
      "/api/v1/namespaces/ns/pods/vault-0",
      "/api/v1/namespaces/ns/events",
      "/apis/apps/v1/namespaces/ns/statefulsets/vault",
    ]);
  });

  test("fails with the reason of each server that does not run, and of no other", async () => {
    await assert.rejects(wait([crashing, running, unscheduled], 3), (error: Error) => {
      assert.match(error.message, /back-off 5m0s/);
      assert.match(error.message, /0\/2 nodes are available/);
      assert.equal(error.message.split("; ").length, 2);
      return true;
    });
  });

  test("fails with what the API server says of a pod that it can't give", async () => {
    await assert.rejects(
      wait([missing]),
      /the Vault servers do not run: vault-0: HTTP 404 Not Found: not found\./,
    );
  });

  test("fails with the reason when the API server can't be reached", async () => {
    await assert.rejects(lookAt(await unreachableKubeconfig(), 1), /vault-0: .*ECONNREFUSED/);
  });
});

describe("Waiting until servers run whose setting was changed, as it was wrong,", () => {
  const wrongImage = { waiting: { reason: "ImagePullBackOff", message: "no such image" } };
  const crashed = { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } };
  const runs = { running: {} };

  /** The pods of three servers: the specification that each was made from, and the state that it is in. */
  function threePods(
    ...pods: readonly (readonly [revision: "old" | "new", state: object])[]
  ): Promise<PodStore> {
    const stored = pods.map(([revision, state], index) => [
      `vault-${index}`,
      { uid: String(index), revision, state },
    ]);
    return new PodStore(Object.fromEntries(stored) as Record<string, StoredPod>).start();
  }

  /** Waits for three servers; `seconds` is how long at most. */
  async function waitFor(store: PodStore, seconds: number): Promise<void> {
    const { kubeconfig } = store;
    const servers = new Servers({ kubeconfig, namespace: "ns", replicas: 3, caBundle: "" });
    try {
      await withSleepsEnded(1_000, () => servers.waitUntilRunning(Date.now() + seconds * 1_000));
    } finally {
      servers.close();
      await store.close();
    }
  }

  test("replaces the pods that don't run and are of before, and no other", async () => {
    const store = await threePods(["old", wrongImage], ["old", crashed], ["old", runs]);
    await waitFor(store, 60);
    assert.deepEqual(store.deleted, ["vault-0", "vault-1"]);
  });

  test("leaves pods alone that are made from the present specification already", async () => {
    const store = await threePods(["new", wrongImage], ["new", crashed], ["old", runs]);
    await assert.rejects(
      waitFor(store, 0),
      /^Error: the Vault servers do not run: vault-0: no such image; vault-1: back-off 5m0s\./,
    );
    assert.deepEqual(store.deleted, []);
  });

  test("deletes a pod once, though it takes its time to end", async () => {
    const store = await threePods(["old", wrongImage], ["new", runs], ["new", runs]);
    store.lingering = true;
    await assert.rejects(waitFor(store, 1), /vault-0: no such image\. Once/);
    assert.deepEqual(store.deleted, ["vault-0"]);
  });
});

describe("Waiting for something", () => {
  test("looks again, even when it could not look, until nothing is missing", async () => {
    const findings = ["one", new Error("out of reach"), "two", ""];
    let looks = 0;
    await withoutSleeping(() =>
      waitUntil(Date.now() + 60_000, "it did not come", () => {
        const found = findings[looks] ?? "";
        looks += 1;
        return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
      }),
    );
    assert.equal(looks, 4);
  });

  test("fails when the time is up, with what was missing last and what to do", async () => {
    let looks = 0;
    const look = (): Promise<string> => {
      looks += 1;
      return Promise.resolve(`finding ${looks}`);
    };
    await assert.rejects(
      withoutSleeping(() => waitUntil(Date.now() + 2_500, "it did not come", look, "Do something.")),
      { message: "it did not come: finding 4. Do something." },
    );
  });

  test("fails when the time is up though a look hangs, with what the one before found", async () => {
    const { promise: silence } = Promise.withResolvers<string>();
    let looks = 0;
    const look = (): Promise<string> => {
      looks += 1;
      return looks === 1 ? Promise.resolve("finding 1") : silence;
    };
    await assert.rejects(
      withoutSleeping(() => waitUntil(Date.now() + 60_000, "it did not come", look, "Do something.")),
      { message: "it did not come: finding 1; since then, no answer within 59 s. Do something." },
    );
    assert.equal(looks, 2);
  });

  test("lets the last look take some seconds, and says so if it hangs", async () => {
    const { promise: silence } = Promise.withResolvers<string>();
    await assert.rejects(
      withoutSleeping(() => waitUntil(Date.now(), "it did not come", () => silence, "Do something.")),
      { message: "it did not come: no answer within 5 s. Do something." },
    );
  });
});

test("A region's first server is the one that alone is ever initialised", async () => {
  const servers = new Servers({
    kubeconfig: await unreachableKubeconfig(),
    namespace: "ns",
    replicas: 3,
    caBundle: "",
  });
  assert.equal(servers.first.name, "vault-0");
  assert.deepEqual(
    servers.all.map(({ name }) => name),
    ["vault-0", "vault-1", "vault-2"],
  );
  servers.close();
});
