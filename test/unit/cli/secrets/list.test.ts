import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { planSecrets } from "../../../../components/federation/secret-plan.ts";
import { SecretCommands } from "../../../support/secret-commands.ts";
import { planArgs } from "../../../support/secret-plan.ts";
import { failed, revisionOf, synced } from "../../../support/secrets-cluster.ts";

describe("vfed secret list", () => {
  const hub = SecretCommands.forEachTest();
  const { vfed } = hub;

  it("shows every secret, who has to enter a value, and what has not arrived", async () => {
    hub.cluster.putSecret("app.generated", { password: "hunter2" });
    const { status, stdout } = await vfed(["list"]);
    assert.equal(
      stdout,
      [
        "app/database  entered in hub  without a value yet",
        "  ? enter a value: vfed secret set app/database <key>=-; after the loss of the cluster: vfed secret restore",
        "app/generated  generated in hub  with a value",
        "  ✗ app/generated in vault-local: could not get source secret",
        "  ✗ app/generated in vault-remote: could not get source secret",
        "edge/status  comes from edge  in Vault only",
        "flags  entered in hub, edge  without a value yet",
        "  ? enter a value: vfed secret set flags <key>=-; after the loss of the cluster: vfed secret restore",
        "once  entered in hub  without a value yet",
        "  ? enter a value: vfed secret set once <key>=-; after the loss of the cluster: vfed secret restore",
      ].join("\n"),
    );
    assert.equal(status, 1);
  });

  it("says that a push is behind where its Secret changed after it, and where it has never written anything", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    const late = hub.cluster.objects.get("pushsecrets/app.database.vault-local");
    const never = hub.cluster.objects.get("pushsecrets/app.database.vault-remote");
    assert.ok(late !== undefined && never !== undefined);
    late.status = { ...synced(1), refreshTime: "2026-01-02T03:04:04Z" };
    never.status = { ...synced(1), syncedPushSecrets: {} };
    const { status, stdout } = await vfed(["list"]);
    const [, ...shown] = stdout.split("\n").slice(0, 3);
    assert.deepEqual(shown, [
      "  ✗ app/database in vault-local: External Secrets has not pushed the last change yet",
      "  ✗ app/database in vault-remote: External Secrets has not pushed the last change yet",
    ]);
    assert.equal(status, 1);
  });

  it("judges all of a secret by one look at its Secrets", async () => {
    hub.cluster.putSecret("app.database", { password: "hunter2" }, revisionOf(3));
    await vfed(["list"]);
    assert.equal(hub.cluster.reads.filter((read) => read === "secrets/app.database").length, 1);
  });

  it("says how to get a part back that is missing here, where another region's holds", async () => {
    hub.cluster.putSecret("flags.result", { b: "theirs" }, revisionOf(3, "edge"));
    const { stdout } = await vfed(["list"]);
    assert.match(
      stdout,
      /^flags .*revision 3 by edge\n {2}· nothing was entered here yet; after the loss of the cluster: vfed secret restore$/m,
    );
  });

  it("says where other regions' parts can't be seen", async () => {
    hub.cluster.putSecret("flags.part", { revision: "3", a: "mine" });
    const register = hub.cluster.objects.get("externalsecrets/flags");
    assert.ok(register !== undefined);
    register.status = failed("Vault is sealed");
    assert.match((await vfed(["list"])).stdout, /^flags .*\n {2}✗ other regions' parts: Vault is sealed$/m);
    hub.cluster.objects.delete("externalsecrets/flags");
    assert.match((await vfed(["list"])).stdout, /there is no ExternalSecret secret-sources\/flags/);
  });

  it("names the peers that can't get a secret yet, as there is no link to them", async () => {
    const args = await planArgs({ secrets: { "app/database": { home: "hub" } }, peers: [] });
    await hub.startAnew(planSecrets({ ...args, unlinked: ["edge"] }));
    for (const [name, object] of hub.cluster.objects) {
      object.status = name.startsWith("configmaps") ? undefined : synced(1);
    }
    hub.cluster.putSecret("app.database", { a: "hunter2" }, revisionOf(3));
    const { status, stdout } = await vfed(["list"]);
    assert.equal(
      stdout,
      "app/database  entered in hub  revision 3\n" +
        "  ✗ edge can't get it: there is no link to edge yet; run `pulumi up` in both regions",
    );
    assert.equal(status, 1);
  });

  it("names what was entered and is not written here any more, and no Secret that is none of these", async () => {
    for (const name of ["app.database", "app.former", "flags", "flags.part", "flags.result"]) {
      hub.cluster.putSecret(name, { a: "hunter2" }, revisionOf(3));
    }
    hub.cluster.objects.set("secrets/aws-login", { metadata: { name: "aws-login" } });
    const { stderr } = await vfed(["list"]);
    assert.equal(
      stderr,
      ["app.former", "flags"]
        .map(
          (name) =>
            `Secret ${name} was entered for what hub does not write any more. It would be pushed again if that came back: ` +
            `kubectl delete secret -n secret-sources ${name}`,
        )
        .join("\n"),
    );
  });

  it("sends who lacks a generated value to Pulumi", async () => {
    const { stdout } = await vfed(["list"]);
    assert.match(stdout, /^app\/generated .*\n {2}\? its Secret is gone: run `pulumi up --refresh`$/m);
  });

  it("ends with 0 where everything has arrived", async () => {
    for (const [name, object] of hub.cluster.objects) {
      object.status = name.startsWith("configmaps") ? undefined : synced(1);
    }
    for (const name of ["app.database", "app.generated", "flags.part", "flags.result", "once"]) {
      hub.cluster.putSecret(name, { a: "hunter2" }, revisionOf(3));
    }
    const { status, stdout } = await vfed(["list", "--json"]);
    const listed = JSON.parse(stdout) as { path: string; revision?: number; keys?: string[] }[];
    assert.deepEqual(
      listed.map(({ path, revision, keys }) => [path, revision, keys]),
      [
        ["app/database", 3, ["a"]],
        ["app/generated", 3, ["a"]],
        ["edge/status", undefined, undefined],
        ["flags", 3, ["a"]],
        ["once", 3, ["a"]],
      ],
    );
    assert.doesNotMatch(stdout, /hunter2/);
    assert.equal(status, 0);
  });
});
