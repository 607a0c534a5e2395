import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";

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
