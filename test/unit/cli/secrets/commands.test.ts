import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";

import { planSecrets } from "../../../../components/federation/secret-plan.ts";
import { SecretCommands } from "../../../support/secret-commands.ts";
import { planArgs } from "../../../support/secret-plan.ts";
import { failed, synced, type SecretsCluster } from "../../../support/secrets-cluster.ts";

const revisionBy = (writer: string, revision: number): Record<string, string> => ({
  "vault-federation/revision": String(revision),
  "vault-federation/writer": writer,
});
const revision3 = { "vault-federation/revision": "3" };

const hub = new SecretCommands();
let cluster: SecretsCluster;

before(() => hub.prepare());
after(() => hub.remove());
beforeEach(async () => {
  cluster = await hub.start();
});
afterEach(() => cluster.close());

const { vfed } = hub;

describe("vfed secret set", () => {
  it("writes what it reads, waits until it has arrived, and says no value", async () => {
    const { status, stdout, stderr } = await vfed(
      ["set", "app/database", "password=-", "--json"],
      "hunter2\n",
    );
    assert.deepEqual(cluster.values("app.database"), { password: "hunter2" });
    assert.equal(
      stderr,
      "wrote revision 1 of app/database\n✓ app/database in vault-local\n✓ app/database in vault-remote",
    );
    assert.deepEqual(JSON.parse(stdout), {
      stack: "hub",
      path: "app/database",
      revision: 1,
      deliveries: [
        { store: "vault-local", path: "app/database", obstacle: "" },
        { store: "vault-remote", path: "app/database", obstacle: "" },
      ],
    });
    assert.equal(status, 0);
  });

  it("ends with 2 where a Vault is out of reach, and says what hangs there", async () => {
    cluster.operator = (_kind, name) => (name.endsWith("remote") ? failed("no route to host") : synced(2));
    const { status, stderr } = await vfed(
      ["set", "app/database", "password=-", "--timeout", "1s"],
      "hunter2",
    );
    assert.match(stderr, /✗ app\/database in vault-remote: no route to host/);
    assert.match(stderr, /revision 1 of app\/database is written, but has not arrived in vault-remote/);
    assert.equal(status, 2);
  });

  it("says whose change holds where another region changed the secret at the same time, and ends with 1", async () => {
    const { operator } = cluster;
    cluster.operator = (kind, name, store) => {
      if (kind === "externalsecrets" && store.objects.has("secrets/flags.part")) {
        store.putSecret("flags.result", { a: "theirs" }, revisionBy("edge", 1));
      }
      return operator(kind, name, store);
    };
    const { status, stdout, stderr } = await vfed(["set", "flags", "a=-", "--json"], "mine");
    assert.match(
      stderr,
      /\nrevision 1 of flags is written, but edge changed flags at the same time, and its change holds\. .*run the same command again\.$/,
    );
    assert.equal((JSON.parse(stdout) as { winner: string }).winner, "edge");
    assert.equal(status, 1);
  });

  it("counts from what another region has brought to the own Vault since the last look", async () => {
    cluster.putSecret("flags.part", { revision: "5", a: "1", b: "1" });
    cluster.putSecret("flags.result", { a: "1", b: "1" }, revisionBy("hub", 5));
    const { operator } = cluster;
    cluster.operator = (kind, name, store) => {
      if (kind === "externalsecrets") {
        const { revision = "", ...own } = store.values("flags.part");
        const isNewest = Number(revision) > 6;
        const [values, writer] = isNewest ? [own, "hub"] : [{ a: "1", b: "2" }, "edge"];
        store.putSecret("flags.result", values, revisionBy(writer, isNewest ? Number(revision) : 6));
      }
      return operator(kind, name, store);
    };
    const { status, stderr } = await vfed(["set", "flags", "a=-"], "2");
    assert.deepEqual(cluster.values("flags.part"), { revision: "7", a: "2", b: "2" });
    assert.deepEqual(cluster.changes.slice(0, 2), ["PATCH externalsecrets/flags", "PUT secrets/flags.part"]);
    assert.doesNotMatch(stderr, /could not be looked at/);
    assert.equal(status, 0);
  });

  it("works where the own Vault can't be looked at, says that it may lose, and claims nothing about who won", async () => {
    cluster.putSecret("flags.result", { a: "1" }, revisionBy("edge", 5));
    const { operator } = cluster;
    cluster.operator = (kind, name, store) =>
      name.endsWith("vault-remote") ? operator(kind, name, store) : failed("Vault is sealed");
    const { status, stderr } = await vfed(["set", "flags", "b=-", "--timeout", "1s"], "2");
    assert.match(
      stderr,
      /^! the last changes of other regions could not be looked at: Vault is sealed\. hub goes on from those that it saw before;/,
    );
    assert.deepEqual(cluster.values("flags.part"), { revision: "6", a: "1", b: "2" });
    assert.match(stderr, /✓ shared\/flags\/hub in vault-remote/);
    assert.doesNotMatch(stderr, /at the same time/);
    assert.equal(status, 2);
  });

  it("looks at no register where there is none", async () => {
    await vfed(["set", "app/database", "password=-"], "hunter2");
    assert.deepEqual(
      cluster.changes.filter((change) => change.includes("externalsecrets")),
      [],
    );
  });

  it("ends with 2 where a peer is not linked yet, and names it; so does a removal", async () => {
    await cluster.close();
    const args = await planArgs({ secrets: { "app/database": { home: "hub" } }, peers: [] });
    cluster = await hub.start(planSecrets({ ...args, unlinked: ["edge"] }));
    for (const command of [
      ["set", "app/database", "password=-"],
      ["remove", "app/database", "--yes"],
    ]) {
      const { status, stdout, stderr } = await vfed([...command, "--json"], "hunter2");
      assert.match(
        stderr,
        /✓ app\/database in vault-local\n✗ edge can't get it: there is no link to edge yet; run `pulumi up` in both regions\n/,
      );
      assert.match(stderr, /is written, but has not arrived in edge\. It follows by itself/);
      assert.deepEqual((JSON.parse(stdout) as { awaits: string[] }).awaits, ["edge"]);
      assert.equal(status, 2);
    }
  });

  it("takes no value from the command line, and changes nothing", async () => {
    const { status, stderr } = await vfed(["set", "app/database", "password=hunter2"]);
    assert.doesNotMatch(stderr, /hunter2/);
    assert.deepEqual(cluster.changes, []);
    assert.equal(status, 64);
  });

  it("refuses a second value where no Vault would take it, and so does a removal", async () => {
    await vfed(["set", "once", "a=-"], "first");
    for (const args of [
      ["set", "once", "a=-"],
      ["remove", "once", "--yes"],
    ]) {
      const { status, stderr } = await vfed(args, "second");
      assert.match(stderr, /once was entered already.*overwrite to true in Pulumi\.hub\.yaml/);
      assert.equal(status, 1);
    }
    assert.deepEqual(cluster.values("once"), { a: "first" });
  });

  it("takes a push for no proof where no Vault replaces what it has, and ends with 2 where it can't look", async () => {
    const { status, stdout, stderr } = await vfed(["set", "once", "a=-", "--json"], "hunter2");
    assert.match(stderr, /✗ once in vault-local: it may have kept what was there: /);
    assert.match(
      stderr,
      /revision 1 of once is written, but it is not known whether it is in vault-local, vault-remote: /,
    );
    const { deliveries } = JSON.parse(stdout) as { deliveries: { kept: string }[] };
    assert.deepEqual(
      deliveries.map(({ kept }) => kept),
      ["unknown", "unknown"],
    );
    assert.equal(status, 2);
  });

  it("wants a key", async () => {
    const { status, stderr } = await vfed(["set", "app/database"]);
    assert.match(stderr, /no key was named/);
    assert.equal(status, 1);
  });

  it("refuses a secret of another region before it reads anything", async () => {
    const { status, stderr } = await vfed(["set", "edge/status", "a=-"], "hunter2");
    assert.match(stderr, /Run the command there: --stack edge/);
    assert.equal(status, 1);
  });
});

describe("vfed secret get", () => {
  it("shows keys, and no values", async () => {
    cluster.putSecret("app.database", { password: "hunter2", username: "app" }, revision3);
    const { status, stdout } = await vfed(["get", "app/database"]);
    assert.equal(stdout, "app/database: Opaque, entered in hub, revision 3\n  password\n  username");
    assert.equal(status, 0);
  });

  it("shows keys, and no values, as JSON too", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
    assert.deepEqual(JSON.parse((await vfed(["get", "app/database", "--json"])).stdout), {
      path: "app/database",
      type: "Opaque",
      revision: 3,
      removed: false,
      keys: ["password"],
    });
  });

  it("shows values if told to, and one alone as it is", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
    assert.match((await vfed(["get", "app/database", "--reveal"])).stdout, /^ {2}password: hunter2$/m);
    assert.equal((await vfed(["get", "app/database", "--reveal", "--key", "password"])).stdout, "hunter2");
  });

  it("shows no value by --key alone", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
    const { status, stdout } = await vfed(["get", "app/database", "--key", "password"]);
    assert.equal(stdout, "");
    assert.equal(status, 64);
  });

  it("names the keys where it has not the one asked for", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
    const { status, stderr } = await vfed(["get", "app/database", "--reveal", "--key", "pass"]);
    assert.equal(stderr, "app/database has no key pass; it has password.");
    assert.equal(status, 1);
  });

  it("shows of several writers what holds, and whose it is", async () => {
    cluster.putSecret("flags.part", { revision: "2", a: "mine" });
    cluster.putSecret("flags.result", { b: "theirs" }, { ...revision3, "vault-federation/writer": "edge" });
    const { stdout } = await vfed(["get", "flags"]);
    assert.equal(stdout, "flags: Opaque, entered in hub, edge, revision 3 by edge\n  b");
  });

  it("sends who asks for another region's secret there", async () => {
    const { status, stderr } = await vfed(["get", "edge/status"]);
    assert.match(stderr, /edge\/status is written in edge, and hub has it in Vault only/);
    assert.equal(status, 1);
  });
});

describe("vfed secret history", () => {
  it("shows without a token what Kubernetes knows", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
    const push = cluster.objects.get("pushsecrets/app.database.vault-local");
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

describe("vfed secret remove", () => {
  it("wants to hear it twice", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
    const { status, stderr } = await vfed(["remove", "app/database"]);
    assert.match(stderr, /workloads that consume app\/database lose it in every region.*--yes/);
    assert.deepEqual(cluster.values("app.database"), { password: "hunter2" });
    assert.equal(status, 1);
  });

  it("writes a tombstone, and has it pushed", async () => {
    cluster.putSecret("app.database", { password: "hunter2" }, revision3);
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
        store.putSecret("flags.result", { a: "theirs" }, revisionBy(revision > 4 ? "hub" : "edge", revision));
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
