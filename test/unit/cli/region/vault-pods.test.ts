import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { V1Pod, V1StatefulSet } from "@kubernetes/client-node";

import { describePod } from "../../../../cli/region/vault-pods.ts";

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
