import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { planSecrets } from "../../../../components/federation/secret-plan.ts";
import { SecretCommands } from "../../../support/secret-commands.ts";
import { planArgs } from "../../../support/secret-plan.ts";
import { failed, revisionOf, synced } from "../../../support/secrets-cluster.ts";

describe("vfed secret set", () => {
  const hub = SecretCommands.forEachTest();
  const { vfed } = hub;

  it("writes what it reads, waits until it has arrived, and says no value", async () => {
    const { status, stdout, stderr } = await vfed(
      ["set", "app/database", "password=-", "--json"],
      "hunter2\n",
    );
    assert.deepEqual(hub.cluster.values("app.database"), { password: "hunter2" });
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
    hub.cluster.operator = (_kind, name) =>
      name.endsWith("remote") ? failed("no route to host") : synced(2);
    const { status, stderr } = await vfed(
      ["set", "app/database", "password=-", "--timeout", "1s"],
      "hunter2",
    );
    assert.match(stderr, /✗ app\/database in vault-remote: no route to host/);
    assert.match(stderr, /revision 1 of app\/database is written, but has not arrived in vault-remote/);
    assert.equal(status, 2);
  });

  it("says whose change holds where another region changed the secret at the same time, and ends with 1", async () => {
    const { operator } = hub.cluster;
    hub.cluster.operator = (kind, name, store) => {
      if (kind === "externalsecrets" && store.objects.has("secrets/flags.part")) {
        store.putSecret("flags.result", { a: "theirs" }, revisionOf(1, "edge"));
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
    hub.cluster.putSecret("flags.part", { revision: "5", a: "1", b: "1" });
    hub.cluster.putSecret("flags.result", { a: "1", b: "1" }, revisionOf(5, "hub"));
    const { operator } = hub.cluster;
    hub.cluster.operator = (kind, name, store) => {
      if (kind === "externalsecrets") {
        const { revision = "", ...own } = store.values("flags.part");
        const isNewest = Number(revision) > 6;
        const [values, writer] = isNewest ? [own, "hub"] : [{ a: "1", b: "2" }, "edge"];
        store.putSecret("flags.result", values, revisionOf(isNewest ? Number(revision) : 6, writer));
      }
      return operator(kind, name, store);
    };
    const { status, stderr } = await vfed(["set", "flags", "a=-"], "2");
    assert.deepEqual(hub.cluster.values("flags.part"), { revision: "7", a: "2", b: "2" });
    assert.deepEqual(hub.cluster.changes.slice(0, 2), [
      "PATCH externalsecrets/flags",
      "PUT secrets/flags.part",
    ]);
    assert.doesNotMatch(stderr, /could not be looked at/);
    assert.equal(status, 0);
  });

  it("works where the own Vault can't be looked at, says that it may lose, and claims nothing about who won", async () => {
    hub.cluster.putSecret("flags.result", { a: "1" }, revisionOf(5, "edge"));
    const { operator } = hub.cluster;
    hub.cluster.operator = (kind, name, store) =>
      name.endsWith("vault-remote") ? operator(kind, name, store) : failed("Vault is sealed");
    const { status, stderr } = await vfed(["set", "flags", "b=-", "--timeout", "1s"], "2");
    assert.match(
      stderr,
      /^! the last changes of other regions could not be looked at: Vault is sealed\. hub goes on from those that it saw before;/,
    );
    assert.deepEqual(hub.cluster.values("flags.part"), { revision: "6", a: "1", b: "2" });
    assert.match(stderr, /✓ shared\/flags\/hub in vault-remote/);
    assert.doesNotMatch(stderr, /at the same time/);
    assert.equal(status, 2);
  });

  it("looks at no register where there is none", async () => {
    await vfed(["set", "app/database", "password=-"], "hunter2");
    assert.deepEqual(
      hub.cluster.changes.filter((change) => change.includes("externalsecrets")),
      [],
    );
  });

  it("ends with 2 where a peer is not linked yet, and names it; so does a removal", async () => {
    const args = await planArgs({ secrets: { "app/database": { home: "hub" } }, peers: [] });
    await hub.startAnew(planSecrets({ ...args, unlinked: ["edge"] }));
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
    assert.deepEqual(hub.cluster.changes, []);
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
    assert.deepEqual(hub.cluster.values("once"), { a: "first" });
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
