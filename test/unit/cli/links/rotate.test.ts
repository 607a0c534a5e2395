import assert from "node:assert/strict";
import { test } from "node:test";

import { peersIn } from "../../../../cli/links/region-links.ts";
import { rotateAll } from "../../../../cli/links/rotate.ts";
import { SyncedCluster } from "../../../support/synced-cluster.ts";

test("A rotation that hangs is told with its reason, and other peers get their tokens", async () => {
  const peers = peersIn({ peerTokenIssue_edge: {}, "peerTokenIssue_edge-b": {} });
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
