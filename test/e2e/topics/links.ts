import assert from "node:assert/strict";
import { it } from "node:test";

import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit } from "../../support/sandbox.ts";

const stacks = ["hub", "edge"] as const;

/** What the regions of a sandbox share arrives in both. */
export function secretsCross(hub: () => HubVault): void {
  it("is linked with the edge's, and neither lacks anything of the other", async () => {
    for (const stack of stacks) {
      assertExit(await hub().vfed(["link", "status", stack]));
      assertExit(await hub().vfed(["secret", "list", "--stack", stack]));
    }
  });

  it("gives workloads of both regions the secrets of either home, and the one that both write", async () => {
    for (const name of ["demo-from-hub", "demo-from-edge", "demo-from-both"]) {
      await eventually(async () => {
        const [inHub, inEdge] = await Promise.all(stacks.map((stack) => dataOf(stack, name)));
        assert.ok(Object.values(inHub ?? {}).every((value) => value.length > 20));
        assert.equal(Object.keys(inHub ?? {}).length, 1);
        assert.deepEqual(inEdge, inHub);
      }, 180);
    }
  });

  async function dataOf(stack: string, name: string): Promise<Record<string, string>> {
    const get = ["get", "secret", name, "--namespace", "demo", "--output", "json"];
    const shown = await hub().sandbox.run("kubectl", ["--context", stack, ...get]);
    assertExit(shown);
    return (JSON.parse(shown.stdout) as { data?: Record<string, string> }).data ?? {};
  }
}
