import assert from "node:assert/strict";
import { it } from "node:test";

import { pauseImage } from "../../../sandbox/images/catalogue.ts";
import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { arrivalSeconds, LinkedRegions, shared } from "../../support/linked-regions.ts";
import { assertExit } from "../../support/command.ts";

const restart = `delivery.syncedSecrets.${shared.secret}.restart`;

/** Workloads have the secrets of their region's Vault as they are now. */
export function consumersFollow(hub: () => HubVault): void {
  it("restarts a Deployment and a StatefulSet when their secret has changed, and no workload that does not read it", async () => {
    const both = new LinkedRegions(hub());
    const workloads = [
      workload("Deployment", "web"),
      workload("StatefulSet", "worker"),
      workload("Deployment", "other"),
    ];
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: workloads });
    const apply = ["--context", "hub", "apply", "--filename", "-"];
    assertExit(await hub().sandbox.run("kubectl", apply, { input }));
    await both.stack("hub").configure({
      [`${restart}[0].kind`]: "Deployment",
      [`${restart}[0].name`]: "web",
      [`${restart}[1].kind`]: "StatefulSet",
      [`${restart}[1].name`]: "worker",
    });
    await both.stack("hub").update();
    const before = await runningPods(both);

    assertExit(await both.enter("hub", "a value that workloads must start with"));
    await eventually(async () => {
      assert.deepEqual(await both.seen("hub"), { value: "a value that workloads must start with" });
      const now = await runningPods(both);
      assert.notEqual(now.web, before.web);
      assert.notEqual(now.worker, before.worker);
      assert.equal(now.other, before.other);
    }, arrivalSeconds);
  });

  it("keeps the Secrets and the workloads of a region whose Vault is sealed, and follows it again when it is open", async () => {
    const both = new LinkedRegions(hub());
    const before = { pods: await runningPods(both), secret: await both.seen("hub") };
    await both.seal("hub");
    await eventually(async () => {
      assert.match(await syncFailures(both), /sealed|connection refused|no such host|503/i);
    }, arrivalSeconds);
    assert.deepEqual({ pods: await runningPods(both), secret: await both.seen("hub") }, before);

    await both.unseal("hub");
    assertExit(await both.enter("edge", "a value from the time after"));
    await both.eventuallySeen({ value: "a value from the time after" });
  });
}

/** The pods of each workload, all of which run. */
async function runningPods(both: LinkedRegions): Promise<Record<string, string>> {
  const names = ["web", "worker", "other"];
  const entries = names.map(async (name) => {
    const get = [
      "get",
      "pods",
      "--namespace",
      shared.namespace,
      `--selector=app=${name}`,
      "--output",
      "json",
    ];
    let uid = "";
    await eventually(async () => {
      const { items } = JSON.parse((await both.kubectl("hub", ...get)).stdout) as {
        items: { metadata: { uid: string }; status: { phase: string } }[];
      };
      assert.equal(items.length, 1);
      assert.equal(items[0]?.status.phase, "Running");
      uid = items[0].metadata.uid;
    });
    return [name, uid] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What the operator said when it could not read a secret. */
async function syncFailures(both: LinkedRegions): Promise<string> {
  const get = ["get", "events", "--namespace", shared.namespace, "--field-selector", "type=Warning"];
  return (await both.kubectl("hub", ...get, "--output", "jsonpath={.items[*].message}")).stdout;
}

function workload(kind: "Deployment" | "StatefulSet", name: string): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: shared.namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "pause", image: pauseImage.reference }],
        },
      },
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
    },
  };
}
