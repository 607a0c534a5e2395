import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { PartialFailure } from "../../plugins/frame/failures.ts";
import type { Properties } from "../../plugins/frame/values.ts";
import { Asset, UNKNOWN } from "../../plugins/frame/values.ts";
import { ApiServer, toolUnderTest } from "./support/api-server.ts";
import { PackedChart } from "./support/chart.ts";
import { DirectProvider } from "./support/direct-provider.ts";

const RELEASE = "kubernetes:helm.sh/v3:Release";

describe("requests for Helm releases", () => {
  let server: ApiServer;
  let provider: DirectProvider;
  let chart: PackedChart;

  before(async () => {
    process.env.SANDBOX_HELM = toolUnderTest("helm");
    server = await ApiServer.start();
    chart = await PackedChart.pack("1.2.3");
    provider = await DirectProvider.configure({ kubeconfig: server.kubeconfig });
  });
  after(async () => {
    await chart.dispose();
    await server.stop();
  });

  const release = (name: string, values: Properties, more: Properties = {}): Properties => ({
    chart: chart.path,
    name,
    namespace: "default",
    timeout: 60,
    values,
    ...more,
  });
  const colorOf = async (name: string, namespace = "default") =>
    (await server.objects.find({ apiVersion: "v1", kind: "ConfigMap", name, namespace }))?.data;

  it("install a chart, and answer what became of it", async () => {
    const inputs = release("installed", { color: "blue" }, { namespace: "made", createNamespace: true });
    const created = await provider.create(RELEASE, "installed", inputs);
    assert.equal(created.id, "made/installed");
    assert.deepEqual(created.outputs, {
      ...inputs,
      version: "1.2.3",
      status: {
        name: "installed",
        namespace: "made",
        revision: 1,
        status: "deployed",
        chart: "tested",
        version: "1.2.3",
        appVersion: "4.5",
      },
      resourceNames: {
        "Secret/v1": ["made/installed"],
        "ConfigMap/v1": ["made/installed"],
        "ClusterRole.rbac.authorization.k8s.io/rbac.authorization.k8s.io/v1": ["installed"],
        "Deployment.apps/apps/v1": ["made/installed"],
      },
    });
    assert.deepEqual(await colorOf("installed", "made"), { color: "blue" });

    assert.deepEqual((await provider.read(created))?.inputs, created.inputs);
    assert.equal((await provider.diff(created, inputs)).changes.size, 0);

    const updated = await provider.update(created, { ...inputs, values: { color: "red" } });
    assert.equal((updated.outputs.status as Properties).revision, 2);
    assert.deepEqual(await colorOf("installed", "made"), { color: "red" });

    await provider.delete(updated);
    assert.equal(await colorOf("installed", "made"), undefined);
    assert.equal(await provider.read(updated), undefined);
    await provider.delete(updated);
  });

  it("say why an installation does not succeed, keep the release, and go on from it the next time", async () => {
    const failing = release("unready", { replicas: 1 }, { timeout: 3 });
    const failure = await failureOf(provider.create(RELEASE, "unready", failing));
    assert.equal(failure.id, "default/unready");
    assert.equal((failure.outputs.status as Properties).status, "failed");
    assert.match(
      failure.reasons[0] ?? "",
      /^release default\/unready can't be installed: .*(deadline exceeded|not ready)/,
    );
    assert.equal(failure.reasons[1], "Deployment default/unready is not ready: 0 of 1 pods are available");
    assert.match(failure.reasons[2] ?? "", /^Pod default\/unready-\w+-\w+: it is pending and not ready$/);

    const kept = {
      type: RELEASE,
      name: "unready",
      id: failure.id,
      inputs: failure.inputs,
      outputs: failure.outputs,
    };
    const repaired = await provider.update(kept, release("unready", { replicas: 0 }));
    assert.deepEqual((repaired.outputs.status as Properties).status, "deployed");
    assert.deepEqual((repaired.outputs.status as Properties).revision, 2);
    await provider.delete(repaired);
  });

  it("leave nothing of a failed atomic installation, and say why it failed", async () => {
    const failing = release("atomic", { replicas: 1 }, { timeout: 3, atomic: true });
    await assert.rejects(provider.create(RELEASE, "atomic", failing), (error: Error) => {
      assert.equal(error instanceof PartialFailure, false);
      assert.match(error.message, /Deployment default\/atomic is not ready: 0 of 1 pods are available/);
      return true;
    });
    assert.equal(await colorOf("atomic"), undefined);
  });

  it("roll a failed atomic upgrade back", async () => {
    const created = await provider.create(
      RELEASE,
      "rolled",
      release("rolled", { color: "blue" }, { atomic: true }),
    );
    const failing = release("rolled", { color: "red", replicas: 1 }, { atomic: true, timeout: 3 });
    await assert.rejects(provider.update(created, failing), (error: Error) => {
      assert.equal(error instanceof PartialFailure, false);
      assert.match(error.message, /^release default\/rolled can't be upgraded: /);
      return true;
    });
    assert.deepEqual(await colorOf("rolled"), { color: "blue" });
    const live = await provider.read(created);
    assert.equal((live?.outputs.status as Properties).status, "deployed");
    assert.deepEqual(live?.inputs.values, { color: "blue" });
    await provider.delete(created);
  });

  it("refuse a name that another release has", async () => {
    const created = await provider.create(RELEASE, "first", release("same", {}));
    await assert.rejects(provider.create(RELEASE, "second", release("same", {})), {
      message:
        "release default/same exists already (deployed, revision 1) and does not belong to this resource; " +
        "import it (pulumi import), uninstall it (helm uninstall same --namespace default), or choose another name",
    });
    await provider.delete(created);
  });

  it("take up what an interrupted run of the same resource left", async () => {
    const inputs = release("interrupted", { color: "blue" });
    await provider.create(RELEASE, "interrupted", inputs);
    await markAs("interrupted", 1, "pending-install");
    const again = await provider.create(RELEASE, "interrupted", inputs);
    assert.deepEqual(again.outputs.status, {
      ...(again.outputs.status as object),
      revision: 1,
      status: "deployed",
    });

    const upgraded = await provider.update(again, release("interrupted", { color: "red" }));
    await markAs("interrupted", 2, "pending-upgrade");
    const finished = await provider.update(upgraded, release("interrupted", { color: "yellow" }));
    assert.equal((finished.outputs.status as Properties).status, "deployed");
    assert.deepEqual(await colorOf("interrupted"), { color: "yellow" });
    await provider.delete(finished);
  });

  it("install anew what was never in order when its first upgrade was interrupted", async () => {
    const failing = release("unlucky", { color: "blue", replicas: 1 }, { timeout: 3 });
    const { id, inputs, outputs } = await failureOf(provider.create(RELEASE, "unlucky", failing));
    const kept = { type: RELEASE, name: "unlucky", id, inputs, outputs };
    await failureOf(provider.update(kept, release("unlucky", { color: "red", replicas: 1 }, { timeout: 3 })));
    await markAs("unlucky", 2, "pending-upgrade");
    const finished = await provider.update(kept, release("unlucky", { color: "yellow" }));
    const { status, revision } = finished.outputs.status as Properties;
    assert.deepEqual({ status, revision }, { status: "deployed", revision: 1 });
    assert.deepEqual(await colorOf("unlucky"), { color: "yellow" });
    await provider.delete(finished);
  });

  it("see what was changed behind the stack's back", async () => {
    const created = await provider.create(RELEASE, "drifted", release("drifted", { color: "blue" }));
    const other = await DirectProvider.configure({ kubeconfig: server.kubeconfig });
    await other.update(created, release("drifted", { color: "red" }));
    const read = await provider.read(created);
    const difference = await provider.diff(
      { ...created, inputs: read?.inputs ?? {} },
      release("drifted", { color: "blue" }),
    );
    assert.deepEqual([...difference.changes], [["values.color", { kind: "update", replaces: false }]]);
    await provider.delete(created);
  });

  it("check the chart, and merge values of files below the given ones", async () => {
    const files = [new Asset({ text: "color: green\nsecret: s\n" })];
    const { inputs } = await provider.check(RELEASE, "merged", {
      chart: chart.path,
      values: { color: "blue" },
      valueYamlFiles: files,
    });
    assert.match(inputs.name as string, /^merged-[0-9a-f]{8}$/);
    assert.deepEqual(
      { ...inputs, name: "" },
      {
        chart: chart.path,
        name: "",
        namespace: "default",
        timeout: 300,
        values: { color: "blue", secret: "s" },
        version: "1.2.3",
      },
    );
    const again = await provider.check(RELEASE, "merged", { chart: chart.path }, { oldInputs: inputs });
    assert.equal(again.inputs.name, inputs.name);

    const missing = await provider.check(RELEASE, "missing", {
      chart: "tested",
      repositoryOpts: { repo: "http://127.0.0.1:1/charts" },
    });
    assert.deepEqual(
      missing.failures?.map(({ property }) => property),
      ["chart"],
    );
    assert.match(
      missing.failures[0]?.reason ?? "",
      /^chart "tested" of http:\/\/127\.0\.0\.1:1\/charts can't be read: .*connection refused; check that the repository/,
    );

    const unknown = await provider.check(RELEASE, "unknown", { chart: "not-there", values: { a: UNKNOWN } });
    assert.deepEqual(unknown.failures, []);
    const refused = await provider.check(RELEASE, "refused", { chart: chart.path, lint: true });
    assert.deepEqual(
      refused.failures?.map(({ property }) => property),
      ["lint"],
    );
  });

  it("leave no file with credentials behind", () => {
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith("pulumi-kubernetes-")),
      [],
    );
  });

  /** Makes a release look as a helm leaves it that was killed. */
  async function markAs(name: string, revision: number, status: string): Promise<void> {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      name: `sh.helm.release.v1.${name}.v${String(revision)}`,
    };
    const reference = { ...secret, namespace: "default" };
    const stored = await server.objects.read(reference);
    const encoded = (stored.data as { release: string }).release;
    const packed = Buffer.from(Buffer.from(encoded, "base64").toString(), "base64");
    const data = JSON.parse(gunzipSync(packed).toString()) as { info: { status: string } };
    data.info.status = status;
    const repacked = gzipSync(JSON.stringify(data)).toString("base64");
    await server.objects.edit(
      reference,
      [
        { op: "replace", path: "/data/release", value: Buffer.from(repacked).toString("base64") },
        { op: "replace", path: "/metadata/labels/status", value: status },
      ],
      { fieldManager: "test" },
    );
  }
});

async function failureOf(creation: Promise<unknown>): Promise<PartialFailure> {
  try {
    await creation;
  } catch (error) {
    assert.ok(error instanceof PartialFailure, String(error));
    return error;
  }
  throw new Error("the request was expected to fail");
}
