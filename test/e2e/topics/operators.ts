import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";

import type { VaultClient } from "../../../components/vault/api/vault-client.ts";
import { asPulumi } from "../../../components/vault/bootstrap/access.ts";
import { eventually } from "../../support/eventually.ts";
import { operatorNames, type HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/command.ts";

/** The key shares are the operators', and nobody opens Vault without them. */
export function operatorsAloneHoldTheKey(hub: () => HubVault): void {
  /** Of the key that the Vault was born with. */
  let former: string[] = [];

  it("hands each operator a share that only his key decrypts, and no other", async () => {
    const decrypted = await hub().shares();
    assert.equal(new Set(decrypted).size, operatorNames.length);
    hub().secrets.push(...inBothWays(decrypted));
  });

  it("gives the operators shares of a new key, which the stack takes over", async () => {
    former = await hub().shares();
    const operators = ["--operators", await hub().publicKeys(), "--threshold", "2"];
    const rekeyed = await hub().vfed(["rekey", "hub", ...operators, ...hub().keys("alice", "carol")]);
    assertExit(rekeyed);
    const [, copy] = /delete it yourself: vault delete (\S+)/.exec(rekeyed.output) ?? [];
    await hub().withRootToken((vault) => vault.send("DELETE", copy ?? assert.fail(rekeyed.output)));
    const stack = hub().sandbox.stack("hub");
    await stack.update("--refresh");
    const fresh = await hub().shares();
    assert.equal(new Set([...former, ...fresh]).size, 2 * operatorNames.length);
    hub().secrets.push(...inBothWays(fresh));
    await stack.assertUnchanged();
  });

  it("has no root token left, and makes one for a quorum of operators alone, until they revoke it", async () => {
    const never = join(hub().sandbox.folder, "never");
    assertExit(await hub().vfed(["generate-root", "hub", ...hub().keys("alice"), "--out", never]), 1);
    await assert.rejects(stat(never), { code: "ENOENT" });
    assertExit(await hub().vfed(["generate-root", "hub", "--cancel"]));

    const revoked = await hub().withRootToken(async (vault) => {
      await vault.send("POST", "secret/data/survivor", { data: { value: "here" } });
      return vault;
    });
    await assert.rejects(revoked.send("GET", "secret/data/survivor"), { status: 403 });
  });

  it("ends Pulumi's credential and its logins, and Pulumi goes on with another one once it has taken that over", async () => {
    const stack = hub().sandbox.stack("hub");
    const former = await hub().access();
    const file = join(hub().sandbox.folder, "root-token-renewal");
    assertExit(await hub().vfed(["generate-root", "hub", ...hub().keys("alice", "carol"), "--out", file]));
    const vault = await hub().client();
    const { auth } = await vault.send<{ auth: { client_token: string } }>("POST", "auth/approle/login", {
      role_id: former.roleId,
      secret_id: former.secretId,
    });
    const rootToken = (await readFile(file, "utf8")).trim();
    hub().secrets.push(former.secretId, auth.client_token, rootToken);
    const look = (client: VaultClient): Promise<unknown> => client.send("GET", "auth/token/lookup-self");
    await look(vault.withToken(auth.client_token));

    const renewed = await hub().vfed(["renew-access", "hub", "--file", file]);
    assertExit(renewed);
    await assert.rejects(look(vault.withToken(auth.client_token)), { status: 403 });
    await assert.rejects(asPulumi(vault, former, look), { status: 400 });

    // What it says next is what is done here.
    assert.match(
      renewed.output,
      / {2}pulumi up --stack hub --target-replace '\*\*-bootstrap-run' --target '\*\*-provider'\n {2}pulumi up --stack hub\n.*vfed revoke-root hub --file /,
    );
    await stack.update("--target-replace", "**-bootstrap-run", "--target", "**-provider");
    await stack.update();
    await stack.assertUnchanged();
    assertExit(await hub().vfed(["revoke-root", "hub", "--file", file]));
    await assert.rejects(stat(file), { code: "ENOENT" });

    const fresh = await hub().access();
    hub().secrets.push(fresh.secretId);
    assert.equal(fresh.roleId, former.roleId);
    assert.notEqual(fresh.secretId, former.secretId);
    assert.deepEqual((await hub().journal()).access, fresh);
    await asPulumi(vault, fresh, look);
    await hub().assertHealthy();
  });

  it("is sealed after all its servers were restarted, and the operators bring it back with its data", async () => {
    await hub().restartServers();
    await eventually(async () => {
      const shown = await hub().vfed(["status", "hub"]);
      assertExit(shown, 1);
      assert.match(shown.output, /sealed/);
    }, 180);

    for (const shares of [["00".repeat(33), "11".repeat(33)], former]) {
      const wrong = await hub().vfed(["unseal", "hub"], { input: `${shares.join("\n")}\n` });
      assertExit(wrong, 1);
      assert.match(wrong.output, /shares .*fit/);
    }

    assertExit(await hub().vfed(["unseal", "hub", ...hub().keys("bob", "carol")]));
    await hub().assertHealthy();
    assertExit(await hub().vfed(["unseal", "hub"]));
    const survivor = await hub().withRootToken((vault) =>
      vault.send<{ data: { data: object } }>("GET", "secret/data/survivor"),
    );
    assert.deepEqual(survivor.data.data, { value: "here" });
    await hub().sandbox.stack("hub").assertUnchanged();
  });
}

/** Shares as they are written by Vault's commands, and by its API. */
function inBothWays(shares: readonly string[]): string[] {
  return shares.flatMap((share) => [share, Buffer.from(share, "hex").toString("base64")]);
}
