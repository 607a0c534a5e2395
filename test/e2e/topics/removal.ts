import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { it } from "node:test";

import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";
import { traces } from "../../support/traces.ts";

/** What is taken down leaves nothing behind. */
export function nothingIsLeft(federation: () => Federation): void {
  it("leaves nothing in the account after `pulumi destroy`", async () => {
    for (const stack of stacks) {
      assertExit(await federation().sandbox.pulumi(["destroy", "--yes", "--stack", stack]));
      const exported = await federation().sandbox.pulumi(["stack", "export", "--stack", stack]);
      const { deployment } = JSON.parse(exported.stdout) as { deployment: { resources?: unknown[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    }
    for (const kind of ["/lke/clusters", "/nodebalancers", "/volumes"]) {
      assert.deepEqual(await federation().sandbox.list(kind), []);
    }
  });

  it("is gone without a trace after `sandbox down`", async () => {
    const { sandbox } = federation();
    const { id } = await sandbox.identity();
    assert.match(await traces(id, sandbox), new RegExp(id));
    assertExit(await sandbox.command(["down"]));
    assert.equal(await traces(id, sandbox), "");
    await assert.rejects(stat(sandbox.folder), { code: "ENOENT" });
  });
}
