import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import { SecretCommands } from "../../../support/secret-commands.ts";
import { revisionOf, type SecretsCluster } from "../../../support/secrets-cluster.ts";

const hub = new SecretCommands();
let cluster: SecretsCluster;

before(() => hub.prepare());
after(() => hub.remove());
beforeEach(async () => {
  cluster = await hub.start();
});
afterEach(() => cluster.close());

const { vfed } = hub;

describe("vfed secret remove", () => {
  it("wants to hear it twice", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const { status, stderr } = await vfed(["remove", "app/database"]);
    assert.match(stderr, /workloads that consume app\/database lose it in every region.*--yes/);
    assert.deepEqual(cluster.values("app.database"), { password: "hunter2" });
    assert.equal(status, 1);
  });

  it("writes a tombstone, and has it pushed", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const { status, stderr } = await vfed(["remove", "app/database", "--yes"]);
    assert.match(stderr, /^wrote revision 4 of app\/database, which removes it\n✓ /);
    assert.deepEqual(cluster.values("app.database"), { deleted: "true" });
    assert.equal(status, 0);
    assert.match((await vfed(["get", "app/database"])).stdout, /removed in revision 4$/);
  });

  it("takes what another region has entered since the last look, too", async () => {
    const { operator } = cluster;
    cluster.operator = (kind, name, store) => {
      if (kind === "externalsecrets") {
        const revision = Number(store.values("flags.part").revision ?? 4);
        store.putSecret("flags.result", { a: "theirs" }, revisionOf(revision, revision > 4 ? "hub" : "edge"));
      }
      return operator(kind, name, store);
    };
    const { status } = await vfed(["remove", "flags", "--yes"]);
    assert.deepEqual(cluster.values("flags.part"), { revision: "5", deleted: "true" });
    assert.equal(status, 0);
  });

  it("has nothing to do where there are no values", async () => {
    const { status, stderr } = await vfed(["remove", "app/database", "--yes"]);
    assert.match(stderr, /app\/database has no values that could be removed/);
    assert.equal(status, 1);
  });
});
