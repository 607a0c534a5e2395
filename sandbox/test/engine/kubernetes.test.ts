import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "./support/apiServer.ts";
import { KubernetesStack } from "./support/kubernetes.ts";
import type { PlannedResource } from "./support/plan.ts";
import { resourceOf } from "./support/state.ts";

const namespace: PlannedResource = { name: "shop", class: "core.v1.Namespace", args: { metadata: { name: "shop" } } };
const settings = (data: object): PlannedResource => ({
  name: "settings",
  class: "core.v1.ConfigMap",
  args: { metadata: { name: "settings", namespace: "shop" }, data },
  options: { dependsOn: ["shop"] },
});

describe("a program with Kubernetes objects under the real engine", () => {
  let server: ApiServer;
  let stack: KubernetesStack;

  before(async () => {
    server = await ApiServer.start();
    stack = await KubernetesStack.create(server);
  });
  after(async () => {
    await stack.dispose();
    await server.stop();
  });

  it("creates them", async () => {
    await stack.up({
      provider: { enableConfigMapMutable: true },
      resources: [namespace, settings({ color: "green" })],
    });
    const live = await server.objects.read({ apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop" });
    assert.deepEqual(live.data, { color: "green" });
    assert.equal((await resourceOf(stack.workspace, "settings")).id, "shop/settings");
    await stack.expectNoChanges();
  });
});
