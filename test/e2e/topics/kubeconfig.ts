import assert from "node:assert/strict";
import { it } from "node:test";

import { assertExit } from "../../support/command.ts";
import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { slow } from "../../support/slow.ts";

/** A cluster's credential may be made anew. */
export function kubeconfigsAreRenewed(hub: () => HubVault): void {
  it(
    "goes on after the cluster's kubeconfig was regenerated, which its stack takes over first",
    slow,
    async () => {
      const before = await hub().outputs();
      await hub().sandbox.linode(
        "POST",
        `/v4/lke/clusters/${String(before.kubernetesClusterId)}/regenerate`,
        {
          kubeconfig: true,
          servicetoken: true,
        },
      );
      const stack = hub().sandbox.stack("hub");
      // An API server remembers for some seconds whom it has let in.
      await eventually(async () => {
        const refused = await hub().vfed(["status", "hub"]);
        assertExit(refused, 2);
        assert.match(refused.output, /pulumi refresh --target '\*\*linode:index\/lkeCluster:LkeCluster::\*'/);
      });
      const cluster = "**linode:index/lkeCluster:LkeCluster::*";
      assertExit(await stack.pulumi("refresh", "--yes", "--target", cluster));
      await stack.update();
      assert.notEqual((await hub().outputs()).kubeconfig, before.kubeconfig);
      await hub().assertHealthy();
      await stack.assertUnchanged();
      // kubectl's, which the tests use.
      assertExit(await hub().sandbox.command(["up"]));
    },
  );
}
