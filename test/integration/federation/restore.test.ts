import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { restore, type Restoration } from "../../../cli/commands/secret-restore.ts";
import { RegionSecrets } from "../../../cli/secrets/region-secrets.ts";
import type { Keeper } from "../../../cli/secrets/restore.ts";
import { SecretObjects } from "../../../cli/secrets/secret-objects.ts";
import type { VaultClient } from "../../../components/vault/api/vault-client.ts";
import { waitUntil } from "../../../components/vault/bootstrap/servers.ts";
import { peerPolicy } from "../../../components/vault/policies.ts";
import { createToken } from "../../support/program-vault.ts";
import { planOf } from "../../support/secret-plan.ts";
import { SecretsCluster, synced } from "../../support/secrets-cluster.ts";
import { VaultServers } from "../../support/vault-servers.ts";

const secrets = { "app/database": { home: "hub" }, flags: { writers: ["hub", "edge", "edge-b"] } };
const peers = ["edge", "edge-b"];

let vault: VaultServers | undefined;
let root: VaultClient;
/** The peers' Vault, with what the hub may do there. */
let visitor: VaultClient;
let cluster: SecretsCluster;
let region: RegionSecrets;

before(async () => {
  vault = await VaultServers.start();
  const { root_token: token } = await vault.initialise(1, 1);
  root = vault.client("vault-0").withToken(token);
  await root.send("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
  await waitUntil(Date.now() + 30_000, "the new mount takes no data", async () => {
    await root.send("GET", "secret/config");
    return "";
  });
  const policy = peerPolicy("hub", ["app/database", "shared/flags/hub"]);
  await root.send("PUT", "sys/policies/acl/peer-hub", { policy });
  visitor = root.withToken(await createToken(root, "auth/token/create", { policies: ["peer-hub"] }));
});

after(() => vault?.close());

beforeEach(async () => {
  const plan = await planOf({ secrets, peers });
  cluster = await new SecretsCluster().start(plan);
  cluster.operator = (kind, _name, store) => {
    if (kind === "externalsecrets") {
      store.putSecret("flags.result", {}, { "vault-federation/revision": "7" });
    }
    return synced(2);
  };
  region = new RegionSecrets("hub", plan, new SecretObjects(cluster.kubeconfig));
});

afterEach(async () => {
  await cluster.close();
  for (const path of ["app/database", "shared/flags/hub", "shared/flags/edge"]) {
    await root.send("DELETE", `secret/metadata/${path}`);
  }
});

/** A peer that has the Vault. */
const edge: Keeper = { peer: "edge", store: "vault-remote-edge", visit: (work) => work(visitor) };
/** One that does not let the hub in. */
const stranger: Keeper = {
  peer: "edge-b",
  store: "vault-remote-edge-b",
  visit: (work) => work(visitor.withToken("hvs.none")),
};

function write(path: string, data: Record<string, string>): Promise<unknown> {
  return root.send("POST", `secret/data/${path}`, { data });
}

function restored(path: string, ...keepers: readonly Keeper[]): Promise<Restoration> {
  return restore(region, region.writable(path), keepers, 5_000);
}

describe("A region that lost its cluster", () => {
  test("gets back its own part of a secret, with its revision, and nobody else's", async () => {
    await write("shared/flags/hub", { revision: "7", colour: "red" });
    await write("shared/flags/edge", { revision: "9", colour: "blue" });
    assert.deepEqual(await restored("flags", edge), {
      path: "flags",
      outcome: "restored",
      line: "✓ flags restored from edge",
    });
    assert.deepEqual(cluster.values("flags.part"), { revision: "7", colour: "red" });
    assert.ok(cluster.changes.includes("PATCH pushsecrets/flags.vault-local"));
  });

  test("gets back a secret that it is the home of", async () => {
    await write("app/database", { password: "hunter2" });
    const { outcome, line } = await restored("app/database", edge);
    assert.equal(outcome, "restored");
    assert.doesNotMatch(line, /hunter2/);
    assert.deepEqual(cluster.values("app.database"), { password: "hunter2" });
  });

  test("gets a removal back as a removal", async () => {
    await write("shared/flags/hub", { revision: "8", deleted: "true" });
    await restored("flags", edge);
    assert.equal((await region.current(region.find("flags"))).removed, true);
  });

  /** Two peers: the second one has what is written once the first was asked. */
  function twoPeers(path: string, later: Record<string, string>): readonly [Keeper, Keeper] {
    const { promise: asked, resolve } = Promise.withResolvers<undefined>();
    return [
      {
        ...edge,
        visit: (work) =>
          work(visitor).finally(() => {
            resolve(undefined);
          }),
      },
      {
        ...stranger,
        visit: async (work) => {
          await asked;
          await write(path, later);
          return work(visitor);
        },
      },
    ];
  }

  test("takes of several peers' parts the one with the highest revision", async () => {
    await write("shared/flags/hub", { revision: "10", colour: "green" });
    await restored("flags", ...twoPeers("shared/flags/hub", { revision: "9", colour: "red" }));
    assert.deepEqual(cluster.values("flags.part"), { revision: "10", colour: "green" });
  });

  test("takes of what peers have of a secret with one home what was written last", async () => {
    await write("app/database", { password: "old" });
    await restored("app/database", ...twoPeers("app/database", { password: "new" }));
    assert.deepEqual(cluster.values("app.database"), { password: "new" });
  });

  test("leaves alone what it has", async () => {
    await write("app/database", { password: "old" });
    cluster.putSecret("app.database", { password: "new" });
    assert.equal((await restored("app/database", edge)).outcome, "was-there");
    assert.deepEqual(cluster.values("app.database"), { password: "new" });
  });

  test("takes nothing while a peer can't be asked that may have something newer", async () => {
    await write("app/database", { password: "hunter2" });
    const { outcome, line } = await restored("app/database", edge, stranger);
    assert.equal(outcome, "unknown");
    assert.match(line, /^✗ app\/database: edge-b: .*403/);
    assert.deepEqual(cluster.values("app.database"), {});
  });

  test("takes nothing while it is not linked again to a peer that may have something newer", async () => {
    await write("app/database", { password: "hunter2" });
    const planned = region.writable("app/database");
    const pushes = planned.pushes.filter(({ store }) => store !== stranger.store);
    const secret = { ...planned, pushes, awaits: ["edge-b"] };
    assert.deepEqual(await restore(region, secret, [edge, stranger], 5_000), {
      path: "app/database",
      outcome: "unknown",
      line: "✗ app/database: there is no link to edge-b yet; run `pulumi up` in both regions",
    });
  });

  test("is told to enter what no peer has", async () => {
    assert.deepEqual(await restored("app/database", edge), {
      path: "app/database",
      outcome: "nowhere",
      line: "? app/database: no peer has it. Enter it with vfed secret set.",
    });
  });
});
