import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ApiServer } from "./support/api-server.ts";
import { PackedChart } from "./support/chart.ts";
import { KubernetesStack } from "./support/kubernetes.ts";
import type { Plan } from "./support/plan.ts";
import { resourceOf, resourcesOf } from "./support/state.ts";

const TOKEN = "token-that-nobody-may-see";

describe("a program with a Helm release under the real engine", () => {
  let server: ApiServer;
  let stack: KubernetesStack;
  let first: PackedChart;
  let second: PackedChart;

  before(async () => {
    server = await ApiServer.start();
    stack = await KubernetesStack.create(server);
    first = await PackedChart.pack("1.2.3");
    second = await PackedChart.pack("1.3.0");
  });
  after(async () => {
    await stack.dispose();
    await first.dispose();
    await second.dispose();
    await server.stop();
  });

  /** A release, and an object that takes its revision from it. */
  function plan(chart: Pick<PackedChart, "path">, values: object, timeout = 60): Plan {
    const args = {
      chart: chart.path,
      name: "app",
      namespace: "apps",
      createNamespace: true,
      timeout,
      values: { ...values, secret: { $secret: TOKEN } },
    };
    const seen = {
      metadata: { name: "seen", namespace: "default" },
      data: { status: { $output: "app.status.status" } },
    };
    return {
      provider: { enableConfigMapMutable: true },
      resources: [
        { name: "app", class: "helm.v3.Release", args },
        { name: "seen", class: "core.v1.ConfigMap", args: seen },
      ],
    };
  }
  const live = async (name: string, namespace: string, kind = "ConfigMap") =>
    (await server.objects.find({ apiVersion: "v1", kind, name, namespace }))?.data;

  it("previews it without the cluster, and keeps the reasons of a failed installation", async () => {
    const failing = plan(first, { replicas: 1 }, 3);
    assert.deepEqual(
      Object.values(await stack.preview(failing)).map(({ op }) => op),
      Array(4).fill("create"),
    );
    const { exitCode, stdout } = await stack.tryUp(failing);
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /release apps\/app can't be installed: /);
    assert.match(stdout, /Deployment apps\/app is not ready: 0 of 1 pods are available/);
    assert.equal(stdout.includes(TOKEN), false);
    const { id, initErrors } = await resourceOf(stack.workspace, "app");
    assert.equal(id, "apps/app");
    assert.equal(initErrors?.[1], "Deployment apps/app is not ready: 0 of 1 pods are available");
  });

  it("recovers on the next update", async () => {
    await stack.up(plan(first, { color: "blue" }));
    const { outputs, initErrors } = await resourceOf(stack.workspace, "app");
    assert.equal(initErrors, undefined);
    assert.equal((outputs.status as { status: string }).status, "deployed");
    assert.deepEqual(await live("app", "apps"), { color: "blue" });
    assert.deepEqual(await live("app", "apps", "Secret"), { secret: Buffer.from(TOKEN).toString("base64") });
    assert.deepEqual(await live("seen", "default"), { status: "deployed" });
  });

  it("has nothing to change on a second run, nor after a refresh, and hides secret values", async () => {
    await stack.expectNoChanges();
    const state = await stack.workspace.succeed("stack", "export");
    assert.equal(state.includes(TOKEN), false);
    assert.equal(state.includes("blue"), true);
  });

  it("upgrades to another version of the chart, and shows changed values by name", async () => {
    const upgraded = plan(second, { color: "red" });
    const { app } = await stack.preview(upgraded);
    assert.equal(app?.op, "update");
    assert.deepEqual(app.detailedDiff?.["values.color"], { kind: "update", inputDiff: true });
    assert.deepEqual(app.detailedDiff.version, { kind: "update", inputDiff: true });
    await stack.up(upgraded);
    assert.deepEqual(await live("app", "apps"), { color: "red" });
    await stack.expectNoChanges();
  });

  it("fails a check for a chart that is not there, which names the chart", async () => {
    const { exitCode, stdout } = await stack.tryUp(plan({ path: "./not-there" }, {}));
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /chart "\.\/not-there" can't be read: .*; check that the repository can be reached/);
  });

  it("goes on after it was killed in the middle of an installation", async () => {
    await stack.workspace.succeed("destroy", "--yes", "--skip-preview");
    await stack.declare(plan(first, { replicas: 1 }));
    const killed = stack.workspace.start("up", "--yes", "--skip-preview");
    const selection = {
      apiVersion: "v1",
      kind: "Secret",
      namespace: "apps",
      labelSelector: "status=pending-install",
    };
    while ((await server.objects.list(selection)).length === 0) {
      assert.equal(killed.exitCode, null);
      await delay(100);
    }
    killed.kill("SIGKILL");
    await once(killed, "exit");
    await stack.workspace.succeed("cancel", "--yes");

    await stack.up(plan(first, { color: "blue" }));
    assert.deepEqual(await live("app", "apps"), { color: "blue" });
    const { outputs } = await resourceOf(stack.workspace, "app");
    assert.equal((outputs.status as { status: string }).status, "deployed");
    await stack.expectNoChanges();
  });

  it("is gone after a destroy", async () => {
    await stack.workspace.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await resourcesOf(stack.workspace), []);
    assert.equal(await live("app", "apps"), undefined);
  });
});
