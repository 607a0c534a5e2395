import assert from "node:assert/strict";
import { it } from "node:test";

import type { Federation } from "../../support/federation.ts";

/** What cannot be is refused before anything is touched. */
export function mistakesAreRefused(federation: () => Federation): void {
  it("reports all mistakes of a configuration at once, before anything is touched", async () => {
    await federation().sandbox.stack("edge").configure({ "cluster.systemPool.count": "0" });
    await federation().sandbox.stack("edge").configure({ "cluster.regoin": "fr-par" });
    const refused = await federation().sandbox.pulumi(["preview", "--stack", "edge"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /the configuration of stack "edge" has 2 problems/);
    assert.match(refused.output, /vault-federation:cluster\.systemPool\.count\n\s+received {2}0\n/);
    assert.match(
      refused.output,
      /vault-federation:cluster\.regoin\n\s+received {2}a property that does not exist/,
    );
    await federation().sandbox.stack("edge").configure({ "cluster.systemPool.count": "3" });
    await federation().sandbox.stack("edge").unset("cluster.regoin");
  });

  it("refuses a region that Linode does not offer, at preview", async () => {
    await federation().sandbox.stack("edge").configure({ "cluster.region": "xx-nowhere" });
    const refused = await federation().sandbox.pulumi(["preview", "--stack", "edge"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /cluster\.region is "xx-nowhere", but LKE offers only: .*us-ord/);
    await federation().sandbox.stack("edge").configure({ "cluster.region": "fr-par" });
  });

  it("refuses plans that Linode does not offer, at preview, for the system pool and for a further one", async () => {
    const edge = federation().sandbox.stack("edge");
    await edge.configure({ "cluster.systemPool.type": "g6-standard-5" });
    const refused = await federation().sandbox.pulumi(["preview", "--stack", "edge"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(
      refused.output,
      /cluster\.systemPool\.type is "g6-standard-5", but LKE offers only: .*g6-standard-4/,
    );
    await edge.configure({ "cluster.systemPool.type": "g6-standard-4" });

    await edge.configure({ "cluster.pools.batch.type": "g6-dedicated-3", "cluster.pools.batch.count": "1" });
    const refusedPool = await federation().sandbox.pulumi(["preview", "--stack", "edge"]);
    assert.notEqual(refusedPool.exitCode, 0);
    assert.match(
      refusedPool.output,
      /cluster\.pools\.batch\.type is "g6-dedicated-3", but LKE offers only: g6-dedicated-2, /,
    );
    await edge.unset("cluster.pools");
  });

  it("refuses at preview to turn off what LKE can't turn off", async () => {
    await federation().sandbox.stack("hub").configure({ "cluster.highAvailability": "false" });
    const refused = await federation().sandbox.pulumi(["preview", "--stack", "hub"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /highAvailability can't be turned off on a cluster that has it/);
    await federation().sandbox.stack("hub").configure({ "cluster.highAvailability": "true" });
  });

  it("says what to do about a refused token, at preview", async () => {
    await federation().sandbox.stack("hub").configure({ "cluster.region": "nl-ams" });
    const refused = await federation().sandbox.pulumi(["preview", "--stack", "hub"], {
      environment: { LINODE_TOKEN: "revoked" },
    });
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /could not be asked what it offers: .*Invalid Token/s);
    assert.match(refused.output, /pulumi config set --secret --stack hub --path 'linode:token'/);
  });
}
