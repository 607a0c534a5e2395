import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { it } from "node:test";

import type { Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";

const mirrorPath = "charts.mirror";

/** What is installed follows the settings, or says why it does not. */
export function chartsFollowTheirSettings(federation: () => Federation): void {
  it("follows a change of the root certificate's life, with the same key", async () => {
    const before = new X509Certificate(String((await federation().outputs("edge")).caBundle));
    await federation().sandbox.stack("edge").configure({ "certManager.rootLifetime": "43800h" });
    await federation().sandbox.stack("edge").update();
    const after = new X509Certificate(String((await federation().outputs("edge")).caBundle));
    assert.equal(after.validToDate.getTime() - after.validFromDate.getTime(), 43_800 * 3_600_000);
    assert.deepEqual(
      after.publicKey.export({ type: "spki", format: "pem" }),
      before.publicKey.export({ type: "spki", format: "pem" }),
    );
  });

  it("says why a chart failed, and goes on with a region's move that it interrupted", async () => {
    const charts = "charts.certManager.values";
    const [before] = (await federation().sandbox.list("/lke/clusters")).filter(
      ({ region }) => region === "fr-par",
    );
    const hub = (await federation().sandbox.list("/lke/clusters")).filter(
      ({ region }) => region === "us-ord",
    );
    await federation()
      .sandbox.stack("edge")
      .configure({ [`${charts}.startupapicheck.backoffLimit`]: "0" });
    await federation()
      .sandbox.stack("edge")
      .configure({ [`${charts}.startupapicheck.timeout`]: "not-a-duration" });
    await federation().sandbox.stack("edge").configure({ "cluster.region": "nl-ams" });
    const failed = await federation().sandbox.pulumi(["up", "--yes", "--stack", "edge"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /job cert-manager-startupapicheck failed: BackoffLimitExceeded/);
    const during = await federation().sandbox.list("/lke/clusters");
    const successor = during.find(({ label }) => label === "vault-federation-edge-nl-ams");
    assert.ok(successor !== undefined, failed.output);
    assert.deepEqual(during, [...hub, before, successor]);

    await federation().sandbox.stack("edge").unset(charts);
    await federation().sandbox.stack("edge").update();
    assert.deepEqual(await federation().sandbox.list("/lke/clusters"), [...hub, successor]);
    await federation().sandbox.stack("edge").assertUnchanged();
    assertExit(
      await federation().sandbox.pulumi(["refresh", "--yes", "--expect-no-changes", "--stack", "edge"]),
    );
  });

  it("says which repository can't be reached, changes nothing, and recovers", async () => {
    const mirror = (
      await federation().sandbox.pulumi(["config", "get", "--stack", "hub", "--path", mirrorPath])
    ).stdout.trim();
    await federation()
      .sandbox.stack("hub")
      .configure({ [mirrorPath]: "http://127.0.0.1:9" });
    const failed = await federation().sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /http:\/\/127\.0\.0\.1:9/);
    await federation()
      .sandbox.stack("hub")
      .configure({ [mirrorPath]: mirror });
    await federation().sandbox.stack("hub").assertUnchanged();
  });
}
