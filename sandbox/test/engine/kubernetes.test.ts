import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "./support/api-server.ts";
import { KubernetesStack } from "./support/kubernetes.ts";
import type { Plan, PlannedResource } from "./support/plan.ts";
import { resourceOf, resourcesOf } from "./support/state.ts";

const SHOP: PlannedResource = {
  name: "shop",
  class: "core.v1.Namespace",
  args: { metadata: { name: "shop" } },
};
const PASSWORD = "correct-horse-battery-staple";

function configMap(name: string, data: object, metadata: object = { name }): PlannedResource {
  return {
    name,
    class: "core.v1.ConfigMap",
    args: { metadata: { ...metadata, namespace: "shop" }, data },
    options: { dependsOn: ["shop"] },
  };
}

const secret = (value: string): PlannedResource => ({
  name: "password",
  class: "core.v1.Secret",
  args: { metadata: { name: "password", namespace: "shop" }, stringData: { password: value } },
  options: { dependsOn: ["shop"] },
});

const CRD: PlannedResource = {
  name: "definition",
  class: "apiextensions.v1.CustomResourceDefinition",
  args: {
    metadata: { name: "planets.example.com" },
    spec: {
      group: "example.com",
      scope: "Cluster",
      names: { kind: "Planet", plural: "planets", singular: "planet" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: {
                spec: { type: "object", properties: { moons: { type: "integer", maximum: 10 } } },
              },
            },
          },
        },
      ],
    },
  },
};
const planet = (moons: number): PlannedResource => ({
  name: "earth",
  class: "apiextensions.CustomResource",
  args: { apiVersion: "example.com/v1", kind: "Planet", metadata: { name: "earth" }, spec: { moons } },
  options: { dependsOn: ["definition"] },
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

  const live = (name: string, kind = "ConfigMap") =>
    server.objects.find({ apiVersion: "v1", kind, name, namespace: "shop" });
  const plan = (...resources: PlannedResource[]): Plan => ({
    provider: { enableConfigMapMutable: true },
    resources: [SHOP, ...resources],
  });

  it("previews everything before it exists, and creates it in one go", async () => {
    const wanted = plan(
      configMap("settings", { color: "green", size: "1" }),
      secret(PASSWORD),
      CRD,
      planet(1),
    );
    const steps = await stack.preview(wanted);
    // What depends on nothing of the other is planned in any order.
    assert.deepEqual(
      Object.entries(steps)
        .map(([name, { op }]) => `${op} ${name}`)
        .sort(),
      [
        "create cluster",
        "create definition",
        "create earth",
        "create kubernetes-dev",
        "create password",
        "create settings",
        "create shop",
      ],
    );
    const output = await stack.up(wanted);
    assert.doesNotMatch(output, /warning/);
    assert.deepEqual((await live("settings"))?.data, { color: "green", size: "1" });
    assert.equal((await resourceOf(stack.workspace, "settings")).id, "shop/settings");
    assert.equal((await resourceOf(stack.workspace, "earth")).id, "earth");
  });

  it("has nothing to change on a second run, nor after a refresh", async () => {
    await stack.expectNoChanges();
  });

  it("keeps Secrets and the kubeconfig in the state only encrypted", async () => {
    const state = await stack.workspace.succeed("stack", "export");
    for (const hidden of [PASSWORD, Buffer.from(PASSWORD).toString("base64"), "certificate-authority-data"]) {
      assert.equal(state.includes(hidden), false, `${hidden} is in the state`);
    }
    assert.equal(state.includes("green"), true);
  });

  it("updates in place, field by field", async () => {
    const wanted = plan(configMap("settings", { color: "red" }), secret(PASSWORD), CRD, planet(2));
    const { settings, earth, ...others } = await stack.preview(wanted);
    assert.deepEqual(others, {});
    assert.equal(settings?.op, "update");
    assert.deepEqual(settings.detailedDiff, {
      "data.color": { kind: "update", inputDiff: true },
      "data.size": { kind: "delete", inputDiff: true },
    });
    assert.equal(earth?.op, "update");
    const uid = (await live("settings"))?.metadata.uid;
    await stack.up(wanted);
    const updated = await live("settings");
    assert.deepEqual(updated?.data, { color: "red" });
    assert.equal(updated.metadata.uid, uid);
    await stack.expectNoChanges();
  });

  it("replaces a Secret of a fixed name by deleting it first, where Secrets are not mutable", async () => {
    const wanted = plan(configMap("settings", { color: "red" }), secret("another"), CRD, planet(2));
    const { password } = await stack.preview(wanted);
    assert.deepEqual(password?.replaceReasons, ["stringData.password"]);
    const uid = (await live("password", "Secret"))?.metadata.uid;
    await stack.up(wanted);
    const replaced = await live("password", "Secret");
    assert.deepEqual(replaced?.data, { password: Buffer.from("another").toString("base64") });
    assert.notEqual(replaced.metadata.uid, uid);
  });

  it("shows what was changed in the cluster at a refresh, and puts it right at the next update", async () => {
    await server.objects.edit(
      { apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop" },
      [{ op: "replace", path: "/data/color", value: "black" }],
      // A manager whose fields the stack may take over, as those of kubectl's older ways.
      { fieldManager: "before-first-apply" },
    );
    const wanted = plan(configMap("settings", { color: "red" }), secret("another"), CRD, planet(2));
    assert.deepEqual(await stack.preview(wanted), {});
    const refresh = await stack.workspace.pulumi("refresh", "--yes", "--expect-no-changes");
    assert.notEqual(refresh.exitCode, 0);
    await stack.workspace.succeed("refresh", "--yes");
    const { settings, ...others } = await stack.preview(wanted);
    assert.deepEqual(others, {});
    assert.deepEqual(settings?.detailedDiff, { "data.color": { kind: "update", inputDiff: true } });
    await stack.up(wanted);
    assert.deepEqual((await live("settings"))?.data, { color: "red" });
  });

  it("fails a preview with the server's reason", async () => {
    await stack.declare(plan(configMap("settings", { color: "red" }), secret("another"), CRD, planet(11)));
    const { exitCode, stdout } = await stack.workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(stdout, /Planet earth can't be updated: .*spec\.moons.*should be less than or equal to 10/);
  });

  it("makes names that stay, and new ones for replacements that come before the old object goes", async () => {
    const job = (image: string): PlannedResource => ({
      name: "job",
      class: "batch.v1.Job",
      args: {
        metadata: { namespace: "shop", annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } } },
      },
      options: { dependsOn: ["shop"] },
    });
    await stack.up(plan(job("example.invalid/a")));
    const { id } = await resourceOf(stack.workspace, "job");
    assert.match(id, /^shop\/job-[0-9a-f]{8}$/);
    await stack.expectNoChanges();
    await stack.up(plan(job("example.invalid/b")));
    const renewed = await resourceOf(stack.workspace, "job");
    assert.match(renewed.id, /^shop\/job-[0-9a-f]{8}$/);
    assert.notEqual(renewed.id, id);
    assert.equal(await live("settings"), undefined);
  });

  it("leaves nothing in the cluster after a destroy", async () => {
    await stack.workspace.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await resourcesOf(stack.workspace), []);
    assert.equal(await live("settings"), undefined);
    const shop = { apiVersion: "v1", kind: "Namespace", name: "shop", namespace: undefined };
    assert.equal(await server.objects.find(shop), undefined);
  });

  it("adopts an object into the stack by an import", async () => {
    await server.objects.create(
      { apiVersion: "v1", kind: "ConfigMap", name: "found", namespace: "default" },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "found" }, data: { a: "1" } },
      { fieldManager: "someone" },
    );
    const found: PlannedResource = {
      name: "found",
      class: "core.v1.ConfigMap",
      args: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "found", namespace: "default" },
        data: { a: "1" },
      },
      options: { import: "default/found" },
    };
    await stack.up({ resources: [found] });
    assert.equal((await resourceOf(stack.workspace, "found")).id, "default/found");
    await stack.expectNoChanges();
  });
});
