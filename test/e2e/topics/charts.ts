import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { it } from "node:test";

import type { Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/sandbox.ts";

const mirrorPath = "vault-federation:charts.mirror";

/** What is installed follows the settings, or says why it does not. */
export function chartsFollowTheirSettings(federation: () => Federation): void {
  it("follows a change of the root certificate's life, with the same key", async () => {
    const before = new X509Certificate(String((await federation().outputs("edge")).caBundle));
    assertExit(await federation().configure("edge", "vault-federation:certManager.rootLifetime", "43800h"));
    assertExit(await federation().sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    const after = new X509Certificate(String((await federation().outputs("edge")).caBundle));
    assert.equal(after.validToDate.getTime() - after.validFromDate.getTime(), 43_800 * 3_600_000);
    assert.deepEqual(
      after.publicKey.export({ type: "spki", format: "pem" }),
      before.publicKey.export({ type: "spki", format: "pem" }),
    );
  });

  it("says why a chart failed, and goes on with a region's move that it interrupted", async () => {
    const charts = "vault-federation:charts.certManager.values";
    const [before] = (await federation().sandbox.list("/lke/clusters")).filter(
      ({ region }) => region === "fr-par",
    );
    const hub = (await federation().sandbox.list("/lke/clusters")).filter(
      ({ region }) => region === "us-ord",
    );
    assertExit(await federation().configure("edge", `${charts}.startupapicheck.backoffLimit`, "0"));
    assertExit(await federation().configure("edge", `${charts}.startupapicheck.timeout`, "not-a-duration"));
    assertExit(await federation().configure("edge", "vault-federation:cluster.region", "nl-ams"));
    const failed = await federation().sandbox.pulumi(["up", "--yes", "--stack", "edge"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /job cert-manager-startupapicheck failed: BackoffLimitExceeded/);
    const during = await federation().sandbox.list("/lke/clusters");
    const successor = during.find(({ label }) => label === "vault-federation-edge-nl-ams");
    assert.ok(successor !== undefined, failed.output);
    assert.deepEqual(during, [...hub, before, successor]);

    assertExit(await federation().sandbox.pulumi(["config", "rm", "--stack", "edge", "--path", charts]));
    assertExit(await federation().sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    assert.deepEqual(await federation().sandbox.list("/lke/clusters"), [...hub, successor]);
    assertExit(await federation().sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "edge"]));
    assertExit(
      await federation().sandbox.pulumi(["refresh", "--yes", "--expect-no-changes", "--stack", "edge"]),
    );
  });

  it("says which repository can't be reached, changes nothing, and recovers", async () => {
    const mirror = (
      await federation().sandbox.pulumi(["config", "get", "--stack", "hub", "--path", mirrorPath])
    ).stdout.trim();
    assertExit(await federation().configure("hub", mirrorPath, "http://127.0.0.1:9"));
    const failed = await federation().sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /http:\/\/127\.0\.0\.1:9/);
    assertExit(await federation().configure("hub", mirrorPath, mirror));
    assertExit(await federation().sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "hub"]));
  });
}
