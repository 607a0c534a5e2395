import assert from "node:assert/strict";
import { test } from "node:test";

import { pushAgain } from "../../../../cli/links/push-again.ts";
import { peersIn } from "../../../../cli/links/region-links.ts";
import { SyncedCluster } from "../../../support/synced-cluster.ts";

const [byToken] = peersIn({
  peerLink_edge: {
    address: "https://vault.example.test",
    login: { auth: "token", token: "x", issuedAt: "" },
  },
});
const [byJwt] = peersIn({ peerLink_edge: { address: "https://vault.example.test", login: { auth: "jwt" } } });
const peer = "edge";
const soon = (): number => Date.now() + 5_000;

test("All pushes to a peer, and no others, are tried again after the token that leads there", async () => {
  assert.ok(byToken !== undefined);
  const cluster = new SyncedCluster();
  assert.deepEqual(await pushAgain(cluster, byToken, soon()), [
    { peer, name: "external-secrets/vault-remote-token", obstacle: "" },
    { peer, name: "secret-sources/one", obstacle: "" },
    { peer, name: "secret-sources/two", obstacle: "" },
  ]);
  assert.deepEqual(cluster.triggered, [
    "ExternalSecret external-secrets/vault-remote-token",
    "PushSecret secret-sources/one",
    "PushSecret secret-sources/two",
  ]);
});

test("A push that hangs is told with its reason, and holds up no other", async () => {
  assert.ok(byJwt !== undefined);
  assert.deepEqual(await pushAgain(new SyncedCluster("one"), byJwt, Date.now()), [
    { peer, name: "secret-sources/one", obstacle: "no route to host" },
    { peer, name: "secret-sources/two", obstacle: "" },
  ]);
});

test("A token that can't be had anew is told with its reason, and the pushes are tried all the same", async () => {
  assert.ok(byToken !== undefined);
  assert.deepEqual(await pushAgain(new SyncedCluster("vault-remote-token"), byToken, Date.now()), [
    { peer, name: "external-secrets/vault-remote-token", obstacle: "no route to host" },
    { peer, name: "secret-sources/one", obstacle: "" },
    { peer, name: "secret-sources/two", obstacle: "" },
  ]);
});

test("Where a peer lets the region in by JWT there is no token to fetch", async () => {
  assert.ok(byJwt !== undefined);
  const cluster = new SyncedCluster();
  await pushAgain(cluster, byJwt, soon());
  assert.deepEqual(cluster.triggered, ["PushSecret secret-sources/one", "PushSecret secret-sources/two"]);
});

test("It is told, and counts as hanging, where there is no link or nothing to push", async () => {
  const [unlinked, empty] = peersIn({
    peers: ["edge", "edge-b"],
    "peerLink_edge-b": { address: "https://vault.example.test", login: { auth: "jwt" } },
  });
  assert.ok(unlinked !== undefined && empty !== undefined);
  const cluster = new SyncedCluster();
  assert.deepEqual(await pushAgain(cluster, unlinked, soon()), [
    { peer, name: "link", obstacle: "there is no link to edge yet; run `pulumi up` in both regions" },
  ]);
  assert.deepEqual(await pushAgain(cluster, empty, soon()), [
    { peer: "edge-b", name: "pushes", obstacle: "this region pushes nothing to edge-b" },
  ]);
});
