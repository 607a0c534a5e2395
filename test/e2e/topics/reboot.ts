import assert from "node:assert/strict";
import { it } from "node:test";

import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";

/** What was up comes back as it was. */
export function clustersOutliveTheirProcesses(federation: () => Federation): void {
  it("comes back with the same clusters after all its processes were killed, as by a reboot", async () => {
    const before = await federation().sandbox.list("/lke/clusters");
    await federation().sandbox.kill();
    assertExit(await federation().sandbox.command(["up", "--no-vault"]));
    assert.deepEqual(await federation().sandbox.list("/lke/clusters"), before);
    for (const stack of stacks) {
      const ready = await federation().kubectl(
        stack,
        "wait",
        "nodes",
        "--all",
        "--for=condition=Ready",
        "--timeout=60s",
      );
      assertExit(ready);
    }
  });
}
