import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SecretCommands } from "../../../support/secret-commands.ts";
import { revisionOf } from "../../../support/secrets-cluster.ts";

describe("vfed secret get", () => {
  const hub = SecretCommands.forEachTest();
  const { vfed } = hub;

  it("shows keys, and no values", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2", username: "app" }, revisionOf(3));
    const { status, stdout } = await vfed(["get", "app/database"]);
    assert.equal(stdout, "app/database: Opaque, entered in hub, revision 3\n  password\n  username");
    assert.equal(status, 0);
  });

  it("shows keys, and no values, as JSON too", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    assert.deepEqual(JSON.parse((await vfed(["get", "app/database", "--json"])).stdout), {
      path: "app/database",
      type: "Opaque",
      revision: 3,
      removed: false,
      keys: ["password"],
    });
  });

  it("shows values if told to, and one alone as it is", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    assert.match((await vfed(["get", "app/database", "--reveal"])).stdout, /^ {2}password: hunter2$/m);
    assert.equal((await vfed(["get", "app/database", "--reveal", "--key", "password"])).stdout, "hunter2");
  });

  it("shows no value by --key alone", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const { status, stdout } = await vfed(["get", "app/database", "--key", "password"]);
    assert.equal(stdout, "");
    assert.equal(status, 64);
  });

  it("names the keys where it has not the one asked for", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const { status, stderr } = await vfed(["get", "app/database", "--reveal", "--key", "pass"]);
    assert.equal(stderr, "app/database has no key pass; it has password.");
    assert.equal(status, 1);
  });

  it("shows of several writers what holds, and whose it is", async () => {
    hub.cluster.putSecret("flags.part", { revision: "2", a: "mine" });
    hub.cluster.putSecret("flags.result", { b: "theirs" }, revisionOf(3, "edge"));
    const { stdout } = await vfed(["get", "flags"]);
    assert.equal(stdout, "flags: Opaque, entered in hub, edge, revision 3 by edge\n  b");
  });

  it("sends who asks for another region's secret there", async () => {
    const { status, stderr } = await vfed(["get", "edge/status"]);
    assert.match(stderr, /edge\/status is written in edge, and hub has it in Vault only/);
    assert.equal(status, 1);
  });
});
