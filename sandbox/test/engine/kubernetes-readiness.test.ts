import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { PartialFailure } from "../../plugins/frame/failures.ts";
import type { Properties } from "../../plugins/frame/values.ts";
import { ApiServer } from "./support/api-server.ts";
import { DirectProvider } from "./support/direct-provider.ts";
import { Kubelet } from "./support/kubelet.ts";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";

describe("waiting for objects on a real control plane", () => {
  let server: ApiServer;
  let kubelet: Kubelet;
  let provider: DirectProvider;

  before(async () => {
    server = await ApiServer.start();
    kubelet = new Kubelet(server);
    provider = await DirectProvider.configure({ kubeconfig: server.kubeconfig });
  });
  after(async () => {
    await kubelet.stop();
    await server.stop();
  });

  const workload = (name: string, image: string, annotations: Properties = {}): Properties => ({
    metadata: { name, annotations },
    spec: {
      replicas: 2,
      serviceName: name,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image }] } },
    },
  });
  const withoutServiceName = ({ spec, ...rest }: Properties): Properties => {
    const { serviceName, ...others } = spec as Properties;
    assert.ok(serviceName !== undefined);
    return { ...rest, spec: others };
  };
  const deployment = (name: string, image: string, annotations?: Properties) =>
    withoutServiceName(workload(name, image, annotations));

  it("a Deployment is waited for until its pods are available, and again after a change", async () => {
    const created = await provider.create(DEPLOYMENT, "web", deployment("web", "example.invalid/web:1"));
    assert.equal((created.outputs.status as Properties).availableReplicas, 2);
    const updated = await provider.update(created, deployment("web", "example.invalid/web:2"));
    const { status, metadata } = updated.outputs as { status: Properties; metadata: Properties };
    assert.deepEqual([status.updatedReplicas, status.replicas, status.availableReplicas], [2, 2, 2]);
    assert.equal(status.observedGeneration, metadata.generation);
  });

  it("a Deployment whose image can't be had is kept, with the reasons of its pods", async () => {
    const failure = await failureOf(
      provider.create(
        DEPLOYMENT,
        "broken",
        deployment("broken", "example.invalid/broken", { "pulumi.com/timeoutSeconds": "3" }),
      ),
    );
    assert.equal(failure.id, "default/broken");
    assert.equal(
      failure.reasons[0],
      "Deployment default/broken is not ready: 0 of 2 pods are available " +
        "(gave up after 3 s; annotation pulumi.com/timeoutSeconds or customTimeouts allow more)",
    );
    assert.match(
      failure.reasons[1] ?? "",
      /^Pod default\/broken-\w+-\w+: container main waits: ImagePullBackOff \(Back-off pulling image "example\.invalid\/broken"\)$/,
    );
    const kept = {
      type: DEPLOYMENT,
      name: "broken",
      id: failure.id,
      inputs: failure.inputs,
      outputs: failure.outputs,
    };
    const repaired = await provider.update(kept, deployment("broken", "example.invalid/web"));
    assert.equal((repaired.outputs.status as Properties).availableReplicas, 2);
  });

  it("a Deployment that is not to be waited for is there at once", async () => {
    const annotations = { "pulumi.com/skipAwait": "true" };
    const created = await provider.create(
      DEPLOYMENT,
      "skipped",
      deployment("skipped", "example.invalid/broken", annotations),
    );
    assert.equal((created.outputs.status as Properties).availableReplicas, undefined);
  });

  it("a StatefulSet and a Job are waited for", async () => {
    const set = workload("set", "example.invalid/set");
    const created = await provider.create("kubernetes:apps/v1:StatefulSet", "set", set);
    assert.equal((created.outputs.status as Properties).readyReplicas, 2);

    const job = {
      metadata: { name: "job" },
      spec: {
        template: {
          spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.invalid/job" }] },
        },
      },
    };
    const reported = once(provider.events, "report");
    const running = provider.create("kubernetes:batch/v1:Job", "job", job);
    assert.match(String(await reported), /^waiting: the job/);
    assert.equal(((await running).outputs.status as Properties).succeeded, 1);
  });

  it("a Service is waited for until the load balancer has an address and a pod answers", async () => {
    const service = {
      metadata: { name: "web" },
      spec: { type: "LoadBalancer", selector: { app: "web" }, ports: [{ port: 80 }] },
    };
    const reported = once(provider.events, "report");
    const creation = provider.create("kubernetes:core/v1:Service", "web", service);
    assert.deepEqual(await reported, ["waiting: the load balancer has no address yet"]);
    await server.client.send({
      method: "PATCH",
      path: "/api/v1/namespaces/default/services/web/status",
      contentType: "application/merge-patch+json",
      body: { status: { loadBalancer: { ingress: [{ ip: "192.0.2.7" }] } } },
    });
    const { status } = (await creation).outputs as {
      status: { loadBalancer: { ingress: readonly Properties[] } };
    };
    assert.equal(status.loadBalancer.ingress[0]?.ip, "192.0.2.7");
  });

  it("a Service without pods fails with that reason", async () => {
    const service = {
      metadata: { name: "empty" },
      spec: { selector: { app: "nothing" }, ports: [{ port: 80 }] },
    };
    const failure = await failureOf(
      provider.create("kubernetes:core/v1:Service", "empty", {
        ...service,
        metadata: { name: "empty", annotations: { "pulumi.com/timeoutSeconds": "1" } },
      }),
    );
    assert.match(
      failure.message,
      /^Service default\/empty is not ready: no pod has the labels of the Service's selector/,
    );
  });

  it("an object is waited for as its annotation says", async () => {
    const annotations = { "pulumi.com/waitFor": '["jsonpath={.data.ready}=yes", "jsonpath={.data.more}"]' };
    const reported = once(provider.events, "report");
    const creation = provider.create("kubernetes:core/v1:ConfigMap", "flag", {
      metadata: { name: "flag", annotations },
    });
    assert.deepEqual(await reported, ["waiting: $.data.ready is not there, not yes"]);
    await server.objects.apply(
      { apiVersion: "v1", kind: "ConfigMap", name: "flag", namespace: "default" },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "flag" }, data: { ready: "yes", more: "x" } },
      { fieldManager: "controller", force: true },
    );
    assert.deepEqual((await creation).outputs.data, { ready: "yes", more: "x" });

    const { failures } = await provider.check("kubernetes:core/v1:ConfigMap", "odd", {
      metadata: { name: "odd", annotations: { "pulumi.com/waitFor": "Ready" } },
    });
    assert.deepEqual(
      failures?.map(({ property }) => property),
      ['metadata.annotations["pulumi.com/waitFor"]'],
    );
  });

  it("a cancelled wait keeps the object", async () => {
    const patience = new AbortController();
    provider.events.once("report", () => {
      patience.abort(new Error("the update was cancelled"));
    });
    const inputs = deployment("cancelled", "example.invalid/broken");
    const failure = await failureOf(
      provider.create(DEPLOYMENT, "cancelled", inputs, { signal: patience.signal }),
    );
    assert.match(failure.message, /\(the update was cancelled\)/);
    assert.equal(failure.id, "default/cancelled");
  });
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
