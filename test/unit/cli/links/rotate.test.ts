import assert from "node:assert/strict";
import { test } from "node:test";

import { peersIn } from "../../../../cli/links/region-links.ts";
import { rotateAll } from "../../../../cli/links/rotate.ts";
import { SyncedCluster } from "../../../support/synced-cluster.ts";

const remote = { address: "https://vault.example.test", login: { auth: "jwt" } };

test("A rotation that hangs is told with its reason, and other peers get their tokens", async () => {
  const peers = peersIn({
    peerTokenIssue_edge: {},
    peerLink_edge: remote,
    "peerTokenIssue_edge-b": {},
    "peerLink_edge-b": remote,
  });
  const cluster = new SyncedCluster("peer-token-edge");
  assert.deepEqual(await rotateAll(cluster, peers, 0), [
    { peer: "edge", obstacle: "ExternalSecret peer-token-edge: no route to host" },
    { peer: "edge-b", obstacle: "" },
  ]);
  assert.deepEqual(cluster.triggered.sort(), [
    "ExternalSecret external-secrets/peer-token-edge",
    "ExternalSecret external-secrets/peer-token-edge-b",
    "PushSecret external-secrets/peer-token-edge-b",
  ]);
});

test("There is nothing to rotate for a peer that logs in by JWT, and nowhere to carry it without a link", async () => {
  const peers = peersIn({ peers: ["edge", "edge-b"], peerLink_edge: remote, "peerTokenIssue_edge-b": {} });
  const cluster = new SyncedCluster();
  assert.deepEqual(await rotateAll(cluster, peers, 0), [
    { peer: "edge", obstacle: "it logs in by JWT, and has no token that could be replaced" },
    { peer: "edge-b", obstacle: "there is no link to edge-b yet; run `pulumi up` in both regions" },
  ]);
  assert.deepEqual(cluster.triggered, []);
});
