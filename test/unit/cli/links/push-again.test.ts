import assert from "node:assert/strict";
import { test } from "node:test";

import { V1ObjectMeta } from "@kubernetes/client-node";

import type { SyncedObject, SyncedPlace } from "../../../../cli/external-secrets/synced-object.ts";
import type { SyncedObjects } from "../../../../cli/external-secrets/synced-objects.ts";
import { pushAgain } from "../../../../cli/links/push-again.ts";
import { peersIn } from "../../../../cli/links/region-links.ts";

const [byToken] = peersIn({
  peerLink_edge: {
    address: "https://vault.example.test",
    login: { auth: "token", token: "x", issuedAt: "" },
  },
});
const [byJwt] = peersIn({ peerLink_edge: { address: "https://vault.example.test", login: { auth: "jwt" } } });

const failed = { conditions: [{ type: "Ready", status: "False", message: "no route to host" }] };
const synced = { syncedResourceVersion: "2-x", conditions: [{ type: "Ready", status: "True" }] };

function object(name: string, store: string): SyncedObject {
  const metadata = Object.assign(new V1ObjectMeta(), { name, namespace: "secret-sources" });
  return { metadata, spec: { secretStoreRefs: [{ name: store }], data: [] }, status: failed };
}

/** A cluster whose operator succeeds with what it is made to look at, unless it is said to fail. */
class Cluster implements Pick<SyncedObjects, "all" | "read" | "trigger"> {
  readonly triggered: string[] = [];
  readonly #failing: string;

  constructor(failing = "") {
    this.#failing = failing;
  }

  all(): Promise<readonly SyncedObject[]> {
    return Promise.resolve([
      object("one", "vault-remote"),
      object("two", "vault-remote"),
      object("own", "vault-local"),
    ]);
  }

  read({ kind, namespace, name }: SyncedPlace): Promise<SyncedObject> {
    const isDone = this.triggered.includes(`${kind} ${namespace}/${name}`) && name !== this.#failing;
    return Promise.resolve({ status: isDone ? synced : failed });
  }

  trigger({ kind, namespace, name }: SyncedPlace): Promise<void> {
    this.triggered.push(`${kind} ${namespace}/${name}`);
    return Promise.resolve();
  }
}

test("All pushes to a peer, and no others, are tried again after the token that leads there", async () => {
  assert.ok(byToken !== undefined);
  const cluster = new Cluster();
  assert.deepEqual(await pushAgain(cluster, byToken, Date.now() + 5_000), [
    { name: "secret-sources/one", obstacle: "" },
    { name: "secret-sources/two", obstacle: "" },
  ]);
  assert.deepEqual(cluster.triggered, [
    "ExternalSecret external-secrets/vault-remote-token",
    "PushSecret secret-sources/one",
    "PushSecret secret-sources/two",
  ]);
});

test("A push that hangs is told with its reason, and holds up no other", async () => {
  assert.ok(byJwt !== undefined);
  const [one, two] = await pushAgain(new Cluster("one"), byJwt, Date.now());
  assert.match(one?.obstacle ?? "", /^no route to host$/);
  assert.deepEqual(two, { name: "secret-sources/two", obstacle: "" });
});

test("Where a peer lets the region in by JWT there is no token to fetch", async () => {
  assert.ok(byJwt !== undefined);
  const cluster = new Cluster();
  await pushAgain(cluster, byJwt, Date.now() + 5_000);
  assert.deepEqual(cluster.triggered, ["PushSecret secret-sources/one", "PushSecret secret-sources/two"]);
});
