import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { remoteStores } from "../../../../components/federation/store-names.ts";
import { plannedSecret, planOf, routes, secrets } from "../../../support/secret-plan.ts";

describe("The stores of a region", () => {
  test("name a peer only where there are several", () => {
    assert.deepEqual(remoteStores([]), {});
    assert.deepEqual(remoteStores(["edge"]), { edge: "vault-remote" });
    assert.deepEqual(remoteStores(["edge", "edge-b"]), {
      edge: "vault-remote-edge",
      "edge-b": "vault-remote-edge-b",
    });
  });
});

describe("A region's plan", () => {
  test("takes a secret from its home to every Vault, each by a push of its own", async () => {
    assert.deepEqual(routes(await planOf({ secrets: { "web/certificate": secrets["web/certificate"] } })), [
      "web.certificate -> vault-local:web/certificate",
      "web.certificate -> vault-remote:web/certificate",
    ]);
  });

  test("does nothing about a secret that has its home elsewhere, as that one brings it", async () => {
    const plan = await planOf({ secrets: { "edge/status": { home: "edge" } } });
    assert.deepEqual(routes(plan), []);
    assert.deepEqual(plan.secrets[0], {
      path: "edge/status",
      type: "Opaque",
      writers: ["edge"],
      source: undefined,
      generated: undefined,
      pushes: [],
      register: undefined,
    });
  });

  test("writes no part but the region's own, and the result in no Vault but its own", async () => {
    assert.deepEqual(routes(await planOf({ secrets: { flags: secrets.flags }, peers: ["edge", "edge-b"] })), [
      "flags.part -> vault-local:shared/flags/hub",
      "flags.part -> vault-remote-edge:shared/flags/hub",
      "flags.part -> vault-remote-edge-b:shared/flags/hub",
      "flags.result -> vault-local:flags",
    ]);
  });

  test("has the result in a region that only reads", async () => {
    const plan = await planOf({
      secrets: { flags: secrets.flags },
      region: "edge-b",
      peers: ["hub", "edge"],
    });
    assert.deepEqual(routes(plan), ["flags.result -> vault-local:flags"]);
    assert.equal(plan.secrets[0]?.source, undefined);
  });

  test("leaves out the peers that are not to hold the secret, and itself where it is not", async () => {
    const some = { flags: { ...secrets.flags, regions: ["edge"] } };
    assert.deepEqual(routes(await planOf({ secrets: some, peers: ["edge", "edge-b"] })), [
      "flags.part -> vault-local:shared/flags/hub",
      "flags.part -> vault-remote-edge:shared/flags/hub",
      "flags.result -> vault-local:flags",
    ]);
    assert.deepEqual((await planOf({ secrets: some, region: "edge-b" })).secrets, []);
  });

  test("takes a secret to the backends that it names, under the names that these allow", async () => {
    const backends = {
      aws: { type: "aws", region: "us-east-1" },
      gcp: { type: "gcp", projectId: "example-project" },
    };
    const secret = { home: "hub", regions: [], backends: ["gcp", "aws"] };
    assert.deepEqual(routes(await planOf({ secrets: { "app/data-base": secret }, backends })), [
      "app.data-base -> vault-local:app/data-base",
      "app.data-base -> backend-gcp:app--data-base",
      "app.data-base -> backend-aws:app/data-base",
    ]);
  });

  test("is in the order of the paths, whatever that of the configuration", async () => {
    const { secrets: planned } = await planOf({ secrets });
    assert.deepEqual(
      planned.map(({ path }) => path),
      ["edge/status", "flags", "hub/only", "web/certificate"],
    );
  });

  test("hands the secret's own settings on to its pushes", async () => {
    const { pushes } = await plannedSecret({ home: "hub", overwrite: false, refreshInterval: "15s" });
    assert.deepEqual(pushes[0], {
      name: "app.database.vault-local",
      source: "app.database",
      store: "vault-local",
      path: "app/database",
      overwrite: false,
      refreshInterval: "15s",
    });
  });
});
