import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SecretCommands } from "../../../support/secret-commands.ts";
import { revisionOf } from "../../../support/secrets-cluster.ts";

describe("vfed secret remove", () => {
  const hub = SecretCommands.forEachTest();
  const { vfed } = hub;

  it("wants to hear it twice", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const { status, stderr } = await vfed(["remove", "app/database"]);
    assert.match(stderr, /workloads that consume app\/database lose it in every region.*--yes/);
    assert.deepEqual(hub.cluster.values("app.database"), { password: "hunter2" });
    assert.equal(status, 1);
  });

  it("writes a tombstone, and has it pushed", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const { status, stderr } = await vfed(["remove", "app/database", "--yes"]);
    assert.match(stderr, /^wrote revision 4 of app\/database, which removes it\n✓ /);
    assert.deepEqual(hub.cluster.values("app.database"), { deleted: "true" });
    assert.equal(status, 0);
    assert.match((await vfed(["get", "app/database"])).stdout, /removed in revision 4$/);
  });

  it("takes what another region has entered since the last look, too", async () => {
    const { operator } = hub.cluster;
    hub.cluster.operator = (kind, name, store) => {
      if (kind === "externalsecrets") {
        const revision = Number(store.values("flags.part").revision ?? 4);
        store.putSecret("flags.result", { a: "theirs" }, revisionOf(revision, revision > 4 ? "hub" : "edge"));
      }
      return operator(kind, name, store);
    };
    const { status } = await vfed(["remove", "flags", "--yes"]);
    assert.deepEqual(hub.cluster.values("flags.part"), { revision: "5", deleted: "true" });
    assert.equal(status, 0);
  });

  it("has nothing to do where there are no values", async () => {
    const { status, stderr } = await vfed(["remove", "app/database", "--yes"]);
    assert.match(stderr, /app\/database has no values that could be removed/);
    assert.equal(status, 1);
  });
});
