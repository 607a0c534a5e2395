import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { V1Node } from "@kubernetes/client-node";

import { waitForNodes, type ListNodes } from "../../../../components/cluster/wait-for-nodes.ts";
import { serveKubernetesApi, unreachableKubeconfig } from "../../../support/kubernetes-api.ts";
import { withoutSleeping } from "../../../support/time.ts";

const advice =
  "Look at the nodes in the Linode Cloud Manager, or with `kubectl describe nodes`; the next `pulumi up` waits again. " +
  "If they only need longer, raise `vault-federation:cluster.readyTimeout`.";

function node(
  name: string,
  state: { ready?: boolean; message?: string; version?: string; removed?: boolean } = {},
): V1Node {
  const { ready = true, message, version = "v1.35.2", removed = false } = state;
  return Object.assign(new V1Node(), {
    metadata: { name, ...(removed ? { deletionTimestamp: new Date(0) } : {}) },
    status: {
      conditions: [
        { type: "MemoryPressure", status: "False" },
        { type: "Ready", status: ready ? "True" : "False", message },
      ],
      nodeInfo: { kubeletVersion: version },
    },
  });
}

const silentNode = Object.assign(new V1Node(), {
  metadata: { name: "b" },
  status: { nodeInfo: { kubeletVersion: "v1.35.2" } },
});

/** Waits for two nodes that the function lists. */
function wait(listNodes: ListNodes, timeoutSeconds = 60): Promise<void> {
  return withoutSleeping(() =>
    waitForNodes(
      { kubeconfig: "not used", expectedNodes: 2, kubernetesVersion: "1.35", timeoutSeconds },
      listNodes,
    ),
  );
}

/** Looks once for two nodes at an API server. */
function look(kubeconfig: string): Promise<void> {
  return waitForNodes({ kubeconfig, expectedNodes: 2, kubernetesVersion: "1.35", timeoutSeconds: 0 });
}

/** Answers with one list after the other, and counts. */
function lists(...answers: readonly (readonly V1Node[] | Error)[]): { list: ListNodes; asked: () => number } {
  let asked = 0;
  return {
    list: () => {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    asked: () => asked,
  };
}

describe("Waiting for nodes", () => {
  test("ends at the first look when enough of them are ready", async () => {
    const { list, asked } = lists([node("a"), node("b")]);
    await wait(list);
    assert.equal(asked(), 1);
  });

  test("ends when more than enough are ready, whatever the others do", async () => {
    const { list, asked } = lists([node("a"), node("b", { ready: false }), node("c")]);
    await wait(list);
    assert.equal(asked(), 1);
  });

  test("goes on until the last one is ready", async () => {
    const { list, asked } = lists(
      [],
      [node("a")],
      [node("a"), node("b", { ready: false })],
      [node("a"), node("b")],
    );
    await wait(list);
    assert.equal(asked(), 4);
  });

  test("outlasts an API server that does not answer yet", async () => {
    const { list, asked } = lists(new Error("connection refused"), [node("a"), node("b")]);
    await wait(list);
    assert.equal(asked(), 2);
  });

  test("gives up on an API server that takes the request and never answers", async () => {
    await assert.rejects(
      wait(() => new Promise(() => undefined), 10),
      { message: /^the cluster did not become ready within 10 s: .*no answer within 30 s/ },
    );
  });

  test("looks every two seconds, and once more when the time is up", async () => {
    const { list, asked } = lists([]);
    await assert.rejects(wait(list, 10));
    assert.equal(asked(), 6);
  });

  for (const [title, nodes, finding] of [
    ["there are none", [], "0 of 2 nodes are ready"],
    ["one is missing", [node("a")], "1 of 2 nodes are ready"],
    [
      "one is not ready",
      [node("a"), node("b", { ready: false, message: "network plugin is not ready" })],
      "1 of 2 nodes are ready (b is not ready: network plugin is not ready)",
    ],
    [
      "one has not reported",
      [node("a"), silentNode],
      "1 of 2 nodes are ready (b is not ready: it has not reported yet)",
    ],
    [
      "one runs another version, even one that begins with the same digits",
      [node("a", { version: "v1.34.9" }), node("b", { version: "v1.350.0" })],
      "0 of 2 nodes are ready (a still runs v1.34.9; b still runs v1.350.0)",
    ],
    [
      "one is about to go away",
      [node("a"), node("b", { removed: true })],
      "1 of 2 nodes are ready (b is being removed)",
    ],
  ] as const) {
    test(`fails, and says so, when the time is up and ${title}`, async () => {
      await assert.rejects(wait(lists(nodes).list, 4), {
        message: `the cluster did not become ready within 4 s: ${finding}. ${advice}`,
      });
    });
  }
});

describe("Asking a real API server for its nodes", () => {
  test("finds those that are ready", async () => {
    const api = await serveKubernetesApi([200, { kind: "NodeList", items: [node("a"), node("b")] }]);
    await look(api.kubeconfig);
    await api.close();
    assert.deepEqual(api.requests, ["/api/v1/nodes"]);
  });

  test("fails with its refusal in one line", async () => {
    const api = await serveKubernetesApi([403, { kind: "Status", message: "nodes is forbidden" }]);
    await assert.rejects(look(api.kubeconfig), {
      message:
        "the cluster did not become ready within 0 s: its API server does not list the nodes " +
        "(HTTP 403 Forbidden: nodes is forbidden); " +
        `if accessControl is set, it must include the machine that runs Pulumi. ${advice}`,
    });
    await api.close();
  });

  test("fails with the reason when it can't be reached", async () => {
    const kubeconfig = await unreachableKubeconfig();
    const port = /:(\d+)"/.exec(kubeconfig)?.[1] ?? "";
    await assert.rejects(look(kubeconfig), {
      message:
        "the cluster did not become ready within 0 s: its API server does not list the nodes " +
        `(fetch failed: connect ECONNREFUSED 127.0.0.1:${port}); ` +
        `if accessControl is set, it must include the machine that runs Pulumi. ${advice}`,
    });
  });
});
