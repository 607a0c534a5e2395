import assert from "node:assert/strict";
import { it } from "node:test";

import type { Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";

const kubernetesVersion = "1.36";

/** What Linode refuses or fails to do costs a run, but nothing that is there. */
export function linodeMayFail(federation: () => Federation): void {
  it("gets past a rate limit and a short outage of the Linode API by itself", async () => {
    await federation().sandbox.linode("POST", "/faults", {
      match: { method: "GET", path: "/regions" },
      times: 1,
      answer: {
        status: 429,
        headers: { "Retry-After": "1" },
        body: { errors: [{ reason: "Too many requests" }] },
      },
    });
    await federation().sandbox.linode("POST", "/faults", {
      match: { method: "GET", path: "/regions" },
      times: 1,
      answer: { status: 503, headers: { "Retry-After": "1" }, body: { errors: [{ reason: "Unavailable" }] } },
    });
    const planned = await federation().sandbox.pulumi(["preview", "--stack", "hub"]);
    assertExit(planned);
    assert.match(planned.output, /LkeCluster cluster-nl-ams create/);
    assert.deepEqual(await federation().sandbox.linode("GET", "/faults"), { faults: [] });
    await federation().sandbox.stack("hub").configure({ "cluster.region": "us-ord" });
  });

  it("refuses at preview a label that another cluster has, reports an API that fails, keeps its state, and recovers", async () => {
    const other = (await federation().sandbox.linode("POST", "/v4/lke/clusters", {
      label: "taken-us-ord",
      region: "us-ord",
      k8s_version: kubernetesVersion,
      node_pools: [{ type: "g6-standard-2", count: 1 }],
    })) as { id: number };
    await federation().sandbox.stack("hub").configure({ "cluster.label": "taken" });
    const taken = await federation().sandbox.pulumi(["preview", "--stack", "hub"]);
    assert.notEqual(taken.exitCode, 0);
    assert.ok(
      taken.output.includes(
        `vault-federation:cluster.label gives the cluster the label "taken-us-ord", which cluster ${other.id} has already.`,
      ),
      taken.output,
    );
    await federation().sandbox.stack("hub").configure({ "cluster.label": "vault-federation-hub" });
    await federation().sandbox.linode("DELETE", `/v4/lke/clusters/${other.id}`);

    await federation().sandbox.linode("POST", "/faults", {
      match: { method: "PUT", path: "/lke/clusters/" },
      times: 1,
      answer: { status: 500, body: { errors: [{ reason: "Internal error" }] } },
    });
    await federation().sandbox.stack("hub").configure({ "cluster.tags[2]": "changed" });
    const failed = await federation().sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /500.*Internal error|Internal error.*500/s);

    await federation().sandbox.stack("hub").update();
    await federation().sandbox.stack("hub").assertUnchanged();
    const hub = (await federation().sandbox.list("/lke/clusters")).find(
      ({ label }) => label === "vault-federation-hub-us-ord",
    );
    assert.deepEqual(hub?.tags, ["vault-federation", "hub", "changed"]);
  });
}
