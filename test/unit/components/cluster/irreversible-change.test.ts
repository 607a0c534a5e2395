import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  irreversibleChange,
  refuseIrreversibleChange,
} from "../../../../components/cluster/irreversible-change.ts";
import { startRuntime } from "../../../support/runtime.ts";

function cluster(k8sVersion: string, highAvailability: boolean): object {
  return { k8sVersion, controlPlane: { highAvailability } };
}

const lessAvailable =
  "vault-federation:cluster.highAvailability can't be turned off on a cluster that has it. " +
  "Set it to true, or move to a new cluster by giving it another region.";
const older =
  "vault-federation:cluster.kubernetesVersion can't go back from 1.35 to 1.34. " +
  'Set it to "1.35" or a newer one.';

describe("A change of a cluster", () => {
  for (const [title, before, after, refusal] of [
    [
      "that turns high availability off is refused",
      cluster("1.35", true),
      cluster("1.35", false),
      lessAvailable,
    ],
    [
      "that turns high availability on is let through",
      cluster("1.35", false),
      cluster("1.35", true),
      undefined,
    ],
    [
      "that leaves high availability off is let through",
      cluster("1.35", false),
      cluster("1.35", false),
      undefined,
    ],
    ["to an older version is refused", cluster("1.35", true), cluster("1.34", true), older],
    ["to a newer version is let through", cluster("1.34", true), cluster("1.35", true), undefined],
    ["that leaves the version is let through", cluster("1.35", true), cluster("1.35", true), undefined],
    [
      "from 1.9 to 1.10 is let through: versions are no decimals",
      cluster("1.9", true),
      cluster("1.10", true),
      undefined,
    ],
    ["about which nothing is known is let through", {}, {}, undefined],
  ] as const) {
    test(title, () => {
      assert.equal(irreversibleChange(before, after), refusal);
    });
  }

  test("from 1.10 to 1.9 is refused: versions are no decimals", () => {
    assert.match(
      irreversibleChange(cluster("1.10", true), cluster("1.9", true)) ?? "",
      /from 1\.10 to 1\.9\./,
    );
  });
});

describe("The hook", () => {
  const resource = { urn: "", id: "1", name: "cluster", type: "linode:index/lkeCluster:LkeCluster" };

  test("runs at preview too, under the name that it is given", async () => {
    await startRuntime({ stack: "hub", config: {} });
    const hook = refuseIrreversibleChange("a-hook");
    assert.equal(hook.name, "a-hook");
    assert.deepEqual(hook.opts, { onDryRun: true });
  });

  test("stops an update that can't be taken back, with the explanation", async () => {
    await startRuntime({ stack: "hub", config: {} });
    const hook = refuseIrreversibleChange("a-hook");
    const change = { oldInputs: cluster("1.35", true), newInputs: cluster("1.34", true) };
    assert.throws(() => hook.callback({ ...resource, ...change }), { message: older });
  });

  test("lets every other update through", async () => {
    await startRuntime({ stack: "hub", config: {} });
    const hook = refuseIrreversibleChange("a-hook");
    const change = { oldInputs: cluster("1.34", false), newInputs: cluster("1.35", true) };
    assert.equal(hook.callback({ ...resource, ...change }), undefined);
    assert.equal(hook.callback(resource), undefined);
  });
});
