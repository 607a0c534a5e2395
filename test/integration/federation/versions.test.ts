import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { versionsOf } from "../../../cli/secrets/versions.ts";
import type { VaultClient } from "../../../components/vault/api/vault-client.ts";
import { waitUntil } from "../../../components/vault/bootstrap/servers.ts";
import { policyText } from "../../../components/vault/policies.ts";
import { plannedSecret } from "../../support/secret-plan.ts";
import { VaultServers } from "../../support/vault-servers.ts";

let vault: VaultServers | undefined;
let root: VaultClient;
/** A client whose token may read metadata alone. */
let reader: VaultClient;

before(async () => {
  vault = await VaultServers.start();
  const { root_token: token } = await vault.initialise(1, 1);
  const [server] = vault.clients;
  assert.ok(server !== undefined);
  root = server.withToken(token);
  await root.send("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
  await waitUntil(Date.now() + 30_000, "the new mount takes no data", async () => {
    await root.send("GET", "secret/config");
    return "";
  });
  const policy = policyText([{ path: "secret/metadata/*", capabilities: ["read"] }]);
  await root.send("PUT", "sys/policies/acl/history", { policy });
  const made = await root.send<{ auth: { client_token: string } }>("POST", "auth/token/create", {
    policies: ["history"],
  });
  reader = server.withToken(made.auth.client_token);
});

after(() => vault?.close());

/** Writes a version. */
async function write(path: string): Promise<void> {
  await root.send("POST", `secret/data/${path}`, { data: { password: "hunter2" } });
}

describe("The versions of a secret in a real Vault", () => {
  test("are told by metadata alone, the oldest first, with those that are deleted", async () => {
    await write("app/database");
    await write("app/database");
    await root.send("POST", "secret/delete/app/database", { versions: [1] });
    const versions = await versionsOf(reader, await plannedSecret({ home: "hub" }));
    assert.deepEqual(
      versions.map(({ path, version, readable }) => [path, version, readable]),
      [
        ["app/database", 1, false],
        ["app/database", 2, true],
      ],
    );
    assert.ok(versions.every(({ created }) => !Number.isNaN(Date.parse(created))));
  });

  test("include those of each writer's part, and nothing of a writer that has written nothing", async () => {
    await write("shared/app/database/edge");
    const versions = await versionsOf(reader, await plannedSecret({ writers: ["hub", "edge"] }));
    assert.deepEqual(
      versions.map(({ path, version }) => [path, version]),
      [
        ["app/database", 1],
        ["app/database", 2],
        ["shared/app/database/edge", 1],
      ],
    );
  });

  test("are not told to a token that may not read metadata", async () => {
    const stranger = await root.send<{ auth: { client_token: string } }>("POST", "auth/token/create", {
      policies: ["default"],
    });
    await assert.rejects(
      versionsOf(root.withToken(stranger.auth.client_token), await plannedSecret({ home: "hub" })),
      /answered 403 to GET secret\/metadata\/app\/database/,
    );
  });
});
