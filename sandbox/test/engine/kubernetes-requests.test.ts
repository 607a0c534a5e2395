import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { UNKNOWN } from "../../plugins/frame/values.ts";
import type { Properties } from "../../plugins/frame/values.ts";
import { ApiServer } from "./support/api-server.ts";
import { DirectProvider } from "./support/direct-provider.ts";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const NAMESPACE = "kubernetes:core/v1:Namespace";

const configMap = (name: string, data: Properties, annotations?: Properties): Properties => ({
  metadata: { name, ...(annotations === undefined ? {} : { annotations }) },
  data,
});
const reference = (kind: string, name: string) => ({ apiVersion: "v1", kind, name, namespace: "default" });

describe("requests to the kubernetes provider", () => {
  let server: ApiServer;
  let provider: DirectProvider;

  before(async () => {
    server = await ApiServer.start();
    provider = await DirectProvider.configure({ kubeconfig: server.kubeconfig });
  });
  after(() => server.stop());

  it("create an object by POST, so that its fields belong to the creating manager", async () => {
    const created = await provider.create(CONFIG_MAP, "posted", configMap("posted", { a: "1" }));
    assert.equal(created.id, "default/posted");
    const live = await server.objects.read(reference("ConfigMap", "posted"));
    assert.deepEqual(
      live.metadata.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [["pulumi-kubernetes", "Update"]],
    );
  });

  it("name the object, the reason and the remedies when it exists already", async () => {
    await provider.create(CONFIG_MAP, "taken", configMap("taken", { a: "1" }));
    await assert.rejects(provider.create(CONFIG_MAP, "again", configMap("taken", { a: "2" })), {
      message:
        'ConfigMap default/taken can\'t be created: configmaps "taken" already exists; import it into the stack (pulumi import), ' +
        "delete it, or set the provider's upsertExistingObjects to take such objects over",
    });
  });

  it("take an existing object over where the provider says so", async () => {
    await provider.create(CONFIG_MAP, "adopted", configMap("adopted", { a: "1", b: "1" }));
    const adopting = await DirectProvider.configure({
      kubeconfig: server.kubeconfig,
      upsertExistingObjects: "true",
    });
    await adopting.create(CONFIG_MAP, "adopting", configMap("adopted", { a: "2" }));
    const live = await server.objects.read(reference("ConfigMap", "adopted"));
    assert.deepEqual(live.data, { a: "2", b: "1" });
  });

  it("remove fields by an update that have left the program, and take over those of creation", async () => {
    const created = await provider.create(CONFIG_MAP, "pruned", configMap("pruned", { a: "1", b: "1" }));
    const updated = await provider.update(created, configMap("pruned", { a: "2" }));
    const live = await server.objects.read(reference("ConfigMap", "pruned"));
    assert.deepEqual(live.data, { a: "2" });
    assert.match(updated.outputs.__fieldManager as string, /^pulumi-kubernetes-[0-9a-f]{8}$/);
    assert.deepEqual(
      live.metadata.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [[updated.outputs.__fieldManager, "Apply"]],
    );
  });

  it("refuse by name to update a field of another manager, in previews as well, unless it is forced", async () => {
    const created = await provider.create(CONFIG_MAP, "contested", configMap("contested", { a: "1" }));
    const applied = await provider.update(created, configMap("contested", { a: "2" }));
    await server.objects.apply(
      reference("ConfigMap", "contested"),
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "contested" }, data: { a: "theirs" } },
      { fieldManager: "someone-else", force: true },
    );
    const refused = {
      message:
        'ConfigMap default/contested can\'t be updated: Apply failed with 1 conflict: conflict with "someone-else": .data.a; ' +
        "leave these fields to their manager (remove them from the program, or list them in ignoreChanges), " +
        'or take them over with annotation pulumi.com/patchForce: "true"',
    };
    await assert.rejects(provider.update(applied, configMap("contested", { a: "3" })), refused);
    await assert.rejects(
      provider.update(applied, configMap("contested", { a: "3" }), { preview: true }),
      refused,
    );

    await provider.update(applied, configMap("contested", { a: "3" }, { "pulumi.com/patchForce": "true" }));
    assert.deepEqual((await server.objects.read(reference("ConfigMap", "contested"))).data, { a: "3" });
  });

  it("leave an ignored field to its manager, and keep one of their own", async () => {
    const created = await provider.create(
      CONFIG_MAP,
      "ignored",
      configMap("ignored", { a: "1", b: "1", c: "1" }),
    );
    await server.objects.apply(
      reference("ConfigMap", "ignored"),
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ignored" }, data: { b: "theirs" } },
      { fieldManager: "someone-else", force: true },
    );
    const ignoreChanges = ["data.a", "data.b"];
    await provider.update(created, configMap("ignored", { a: "1", b: "1", c: "2" }), { ignoreChanges });
    const live = await server.objects.read(reference("ConfigMap", "ignored"));
    assert.deepEqual(live.data, { a: "1", b: "theirs", c: "2" });
  });

  it("say what to do when the object to update is gone", async () => {
    const created = await provider.create(CONFIG_MAP, "vanished", configMap("vanished", { a: "1" }));
    await server.objects.delete(reference("ConfigMap", "vanished"), "Background");
    await assert.rejects(provider.update(created, configMap("vanished", { a: "2" })), {
      message:
        "ConfigMap default/vanished can't be updated: it is not in the cluster any more; " +
        "run pulumi refresh to let the stack know, and then pulumi up to create it anew",
    });
  });

  it("try creation out on the server, which leaves nothing behind and the status unknown", async () => {
    const pod = { metadata: { name: "tried" }, spec: { containers: [{ name: "a", image: "b" }] } };
    const previewed = await provider.create("kubernetes:core/v1:Pod", "tried", pod, { preview: true });
    assert.equal("status" in previewed.outputs, false);
    assert.equal((previewed.outputs.spec as Properties).dnsPolicy, "ClusterFirst");
    assert.equal(await server.objects.find(reference("Pod", "tried")), undefined);
  });

  it("fail a preview with the server's reason when the object is invalid", async () => {
    const service = { metadata: { name: "odd" }, spec: { ports: [{ port: 70_000, targetPort: 1 }] } };
    await assert.rejects(provider.create("kubernetes:core/v1:Service", "odd", service, { preview: true }), {
      message:
        'Service default/odd can\'t be created: Service "odd" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
    });
  });

  it("pass a preview whose kind, namespace or values are not there yet, with the inputs as outputs", async () => {
    const unknown = configMap("later", { a: UNKNOWN });
    assert.deepEqual((await provider.create(CONFIG_MAP, "later", unknown, { preview: true })).outputs.data, {
      a: UNKNOWN,
    });

    const elsewhere = { metadata: { name: "later", namespace: "not-there" }, data: { a: "1" } };
    const previewed = await provider.create(CONFIG_MAP, "later", elsewhere, { preview: true });
    assert.deepEqual(previewed.outputs, { apiVersion: "v1", kind: "ConfigMap", ...elsewhere });

    const type = "kubernetes:example.com/v1:Widget";
    const widget = {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w" },
      spec: { size: 1 },
    };
    const { outputs } = await provider.create(type, "w", widget, { preview: true });
    assert.deepEqual(outputs, { ...widget, metadata: { name: "w", namespace: "default" } });
  });

  it("wait with creation for a namespace that another resource brings", async () => {
    const elsewhere = { metadata: { name: "early", namespace: "late" }, data: { a: "1" } };
    const reported = once(provider.events, "report");
    const creation = provider.create(CONFIG_MAP, "early", elsewhere);
    assert.deepEqual(await reported, ['waiting: namespaces "late" not found']);
    await provider.create(NAMESPACE, "late", { metadata: { name: "late" } });
    assert.equal((await creation).id, "late/early");
  });

  it("give namespaced objects the provider's namespace, and others none", async () => {
    const elsewhere = await DirectProvider.configure({
      kubeconfig: server.kubeconfig,
      namespace: "kube-system",
    });
    const { inputs } = await elsewhere.check(CONFIG_MAP, "a", {});
    assert.equal((inputs.metadata as Properties).namespace, "kube-system");
    const checked = await elsewhere.check(NAMESPACE, "b", { metadata: { name: "b" } });
    assert.deepEqual(checked.inputs.metadata, { name: "b" });
  });

  it("know the scope of a kind whose definition was checked before, though it does not exist yet", async () => {
    await provider.check("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "crd", {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "planets.example.com" },
      spec: { group: "example.com", scope: "Cluster", names: { kind: "Planet" }, versions: [{ name: "v1" }] },
    });
    const planet = { apiVersion: "example.com/v1", kind: "Planet", metadata: { name: "earth" } };
    const { inputs } = await provider.check("kubernetes:example.com/v1:Planet", "earth", planet);
    assert.deepEqual(inputs.metadata, { name: "earth" });
  });

  it("create an object of a kind that comes late, and find out then that it has no namespace", async () => {
    const type = "kubernetes:example.com/v1:Star";
    // The garbage collector takes half a minute to learn of a new kind, and foreground deletion is its work.
    const annotations = { "pulumi.com/deletionPropagationPolicy": "background" };
    const star = { apiVersion: "example.com/v1", kind: "Star", metadata: { name: "sun", annotations } };
    const reported = once(provider.events, "report");
    const creation = provider.create(type, "sun", star);
    assert.match(String(await reported), /the cluster does not know the kind Star of example\.com\/v1/);
    await server.objects.create(
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        name: "",
        namespace: undefined,
      },
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "stars.example.com" },
        spec: {
          group: "example.com",
          scope: "Cluster",
          names: { kind: "Star", plural: "stars", singular: "star" },
          versions: [
            { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
          ],
        },
      },
      { fieldManager: "test" },
    );
    const created = await creation;
    assert.equal(created.id, "sun");
    assert.equal((await provider.diff(created, star)).changes.size, 0);
    await provider.delete(created);
    assert.equal(await provider.read(created), undefined);
  });

  it("wait until a deleted object is gone, and name the finalizers that hold it when time is up", async () => {
    const held = { metadata: { name: "held", finalizers: ["example.com/hold"] }, data: { a: "1" } };
    const created = await provider.create(CONFIG_MAP, "held", held);
    const patience = new AbortController();
    provider.events.once("report", () => {
      patience.abort(new Error("the update was cancelled"));
    });
    await assert.rejects(
      provider.delete(created, { signal: patience.signal }),
      /^Error: ConfigMap default\/held is still being deleted: .*finalizers example\.com\/hold are not done; the controllers that set them have to be running \(the update was cancelled\)$/,
    );
    const deletion = provider.delete(created);
    await server.objects.edit(
      reference("ConfigMap", "held"),
      [{ op: "remove", path: "/metadata/finalizers" }],
      { fieldManager: "test" },
    );
    await deletion;
    assert.equal(await server.objects.find(reference("ConfigMap", "held")), undefined);
    await provider.delete(created);
  });

  it("read a live object as inputs of the shape that was given, with what has drifted", async () => {
    const inputs: Properties = {
      metadata: { name: "read", labels: {} },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "read" } },
        template: {
          metadata: { labels: { app: "read" } },
          spec: {
            hostNetwork: false,
            containers: [
              {
                name: "a",
                image: "example.com/a:1",
                resources: { requests: { cpu: "1000m", memory: 1024 } },
                args: ["x"],
              },
            ],
          },
        },
      },
    };
    const deployment = await provider.create("kubernetes:apps/v1:Deployment", "read", inputs);
    assert.deepEqual((await provider.read(deployment))?.inputs, deployment.inputs);

    const live = { apiVersion: "apps/v1", kind: "Deployment", name: "read", namespace: "default" };
    await server.objects.edit(
      live,
      [
        { op: "replace", path: "/spec/template/spec/containers/0/image", value: "example.com/a:2" },
        {
          op: "add",
          path: "/spec/template/spec/containers/0",
          value: { name: "sidecar", image: "example.com/s" },
        },
      ],
      { fieldManager: "test" },
    );
    const drifted = await provider.read(deployment);
    const difference = await provider.diff({ ...deployment, inputs: drifted?.inputs ?? {} }, inputs);
    assert.deepEqual(
      [...difference.changes],
      [["spec.template.spec.containers[0].image", { kind: "update", replaces: false }]],
    );
    await provider.delete(deployment);
    assert.equal(await provider.read(deployment), undefined);
  });

  it("refuse what is not implemented by name", async () => {
    await assert.rejects(provider.check("kubernetes:yaml/v2:ConfigGroup", "a", {}), {
      message:
        "the sandbox's own kubernetes plugin does not implement kubernetes:yaml/v2:ConfigGroup; declare the objects as resources of their own kinds",
    });
    await assert.rejects(
      provider.check("kubernetes:core/v1:ConfigMapList", "a", {}),
      /is a list, not an object/,
    );
    await assert.rejects(provider.check("kubernetes:core/v1:ConfigMapPatch", "a", {}), /does not implement/);
    const { failures } = await provider.check(CONFIG_MAP, "a", { metadata: { generateName: "a-" } });
    assert.deepEqual(
      failures?.map(({ property }) => property),
      ["metadata.generateName"],
    );
  });
});
