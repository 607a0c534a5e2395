import assert from "node:assert/strict";
import type { V1Node } from "@kubernetes/client-node";
import { describe, it } from "node:test";
import { desiredMetadata, metadataPatch } from "../../../cluster/node-metadata.ts";
import type { DesiredNode, NodeTaint } from "../../../linode/provisioner.ts";

const nothing = { labels: {}, taints: [] };
const dedicated: NodeTaint = { key: "dedicated", value: "vault", effect: "NoSchedule" };
const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** A Node as the API server sends it. */
function currentNode(labels: Record<string, string>, taints?: readonly object[]): V1Node {
  const node: unknown = { metadata: { resourceVersion: "5", labels }, spec: { taints } };
  return node as V1Node;
}

it("gives a node the labels of LKE, which its pool's labels can't replace", () => {
  const node: DesiredNode = {
    id: "50-1a",
    instanceId: 101,
    type: "g6-standard-4",
    poolId: 50,
    labels: { tier: "data", "lke.linode.com/pool-id": "1" },
    taints: [dedicated],
  };
  assert.deepEqual(desiredMetadata(node, "us-ord"), {
    labels: {
      tier: "data",
      "lke.linode.com/pool-id": "50",
      "node.kubernetes.io/instance-type": "g6-standard-4",
      "topology.kubernetes.io/region": "us-ord",
    },
    taints: [dedicated],
  });
});

describe("the patch of a node", () => {
  it("is none if nothing changes", () => {
    const set = { labels: { a: "1" }, taints: [dedicated] };
    assert.equal(
      metadataPatch(currentNode({ a: "1", other: "x" }, [notReady, dedicated]), set, set),
      undefined,
    );
  });

  it("sets and removes labels of the pool, and no others", () => {
    assert.deepEqual(
      metadataPatch(
        currentNode({ gone: "1", changed: "1", other: "x" }),
        { labels: { gone: "1", changed: "1", goneAlready: "1" }, taints: [] },
        { labels: { changed: "2", added: "3" }, taints: [] },
      ),
      { metadata: { resourceVersion: "5", labels: { gone: null, changed: "2", added: "3" } } },
    );
  });

  it("adds a taint beside those of Kubernetes", () => {
    assert.deepEqual(
      metadataPatch(currentNode({}, [notReady]), nothing, { labels: {}, taints: [dedicated] }),
      {
        metadata: { resourceVersion: "5", labels: {} },
        spec: { taints: [notReady, dedicated] },
      },
    );
  });

  it("changes the value of a taint and removes one that the pool no longer has", () => {
    const old: NodeTaint = { key: "old", value: "", effect: "NoExecute" };
    const changed: NodeTaint = { ...dedicated, value: "other" };
    assert.deepEqual(
      metadataPatch(
        currentNode({}, [old, notReady, dedicated]),
        { labels: {}, taints: [old, dedicated] },
        { labels: {}, taints: [changed] },
      ),
      { metadata: { resourceVersion: "5", labels: {} }, spec: { taints: [notReady, changed] } },
    );
  });
});
