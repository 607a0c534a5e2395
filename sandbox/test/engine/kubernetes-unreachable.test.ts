import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "./support/api-server.ts";
import { KubernetesStack } from "./support/kubernetes.ts";
import type { Plan } from "./support/plan.ts";
import { resourceOf } from "./support/state.ts";

/** A kubeconfig that leads nowhere: nothing listens on port 1. */
const NOWHERE = JSON.stringify({
  "current-context": "nowhere",
  contexts: [{ name: "nowhere", context: { cluster: "nowhere" } }],
  clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:1" } }],
});

const plan = (color: string, provider: Plan["provider"]): Plan => ({
  provider: { ...provider, enableConfigMapMutable: true },
  resources: [
    {
      name: "settings",
      class: "core.v1.ConfigMap",
      args: { metadata: { name: "settings", namespace: "default" }, data: { color } },
    },
  ],
});

describe("a stack whose cluster changes or can't be reached", () => {
  let server: ApiServer;
  let stack: KubernetesStack;

  before(async () => {
    server = await ApiServer.start();
    stack = await KubernetesStack.create({ kubeconfig: NOWHERE });
  });
  after(async () => {
    await stack.dispose();
    await server.stop();
  });

  it("passes a preview, and fails an update with the reason and the remedy", async () => {
    const steps = await stack.preview(plan("green", { clusterIdentifier: "one" }));
    assert.equal(steps.settings?.op, "create");
    const { exitCode, stdout } = await stack.tryUp(plan("green", { clusterIdentifier: "one" }));
    assert.notEqual(exitCode, 0);
    assert.match(
      stdout,
      /configured Kubernetes cluster is unreachable: the Kubernetes API server https:\/\/127\.0\.0\.1:1 can't be reached: .*ECONNREFUSED.*; check the provider's kubeconfig/,
    );
  });

  it("creates its objects once the cluster is there, without replacing the provider of the same cluster identifier", async () => {
    await stack.useCluster(server.kubeconfig);
    const steps = await stack.preview(plan("green", { clusterIdentifier: "one" }));
    assert.deepEqual(
      Object.entries(steps).map(([name, { op }]) => `${op} ${name}`),
      ["update cluster", "create settings"],
    );
    await stack.up(plan("green", { clusterIdentifier: "one" }));
    await stack.expectNoChanges();
  });

  it("plans to make everything anew on another cluster identifier", async () => {
    const { cluster, settings } = await stack.preview(plan("green", { clusterIdentifier: "two" }));
    assert.equal(cluster?.op, "replace");
    assert.deepEqual(cluster.replaceReasons, ["clusterIdentifier"]);
    assert.equal(settings?.op, "replace");
  });

  it("fails a refresh, and drops the objects only when it is told to", async () => {
    await stack.useCluster(NOWHERE);
    await stack.up(plan("green", { clusterIdentifier: "one" }));
    const { exitCode, stdout } = await stack.workspace.pulumi("refresh", "--yes");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /configured Kubernetes cluster is unreachable/);

    stack.workspace.setVariable("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "true");
    await stack.workspace.succeed("refresh", "--yes");
    assert.equal((await resourceOf(stack.workspace, "settings")).id, "default/settings");

    stack.workspace.setVariable("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "false");
    stack.workspace.setVariable("PULUMI_K8S_DELETE_UNREACHABLE", "true");
    await stack.workspace.succeed("refresh", "--yes");
    await assert.rejects(resourceOf(stack.workspace, "settings"), /the state has no resource settings/);
  });

  it("refuses a configuration that it does not know or implement", async () => {
    const { exitCode, stdout } = await stack.tryUp(plan("green", { renderYamlToDirectory: "yaml" }));
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /does not implement "renderYamlToDirectory"; let the program talk to a cluster/);
  });
});
