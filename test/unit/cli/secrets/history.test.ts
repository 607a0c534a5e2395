import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SecretCommands } from "../../../support/secret-commands.ts";
import { revisionOf, synced } from "../../../support/secrets-cluster.ts";

describe("vfed secret history", () => {
  const hub = SecretCommands.forEachTest();
  const { vfed } = hub;

  it("shows without a token what Kubernetes knows", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const push = hub.cluster.objects.get("pushsecrets/app.database.vault-local");
    assert.ok(push !== undefined);
    push.status = synced(1);
    const { status, stdout } = await vfed(["history", "app/database"]);
    assert.equal(
      stdout,
      "2026-01-02T03:04:05.000Z  app.database changed, revision 3\n" +
        "2026-01-02T03:05:00Z  app/database was in vault-local as it is now",
    );
    assert.equal(status, 0);
  });

  it("says so where nothing has happened", async () => {
    const { status, stderr } = await vfed(["history", "app/database"]);
    assert.match(stderr, /nothing has happened to app\/database yet/);
    assert.equal(status, 1);
  });
});
