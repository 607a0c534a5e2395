import assert from "node:assert/strict";
import { it } from "node:test";
import { pod, service } from "../support/objects.ts";
import { edge, hub, hubNodes, type ClusterPair } from "../support/pair.ts";
import { tlsImage, until } from "../support/sandbox.ts";

async function fetchText(url: string): Promise<string> {
  return (await (await fetch(url, { signal: AbortSignal.timeout(2000) })).text()).trim();
}

/** How pods, Services and load balancers are reached. */
export function networkTests(pair: () => ClusterPair): void {
  it("let pods reach each other across nodes and clusters", async () => {
    const { sandbox } = pair();
    const other = await pair().field(hub, "pod", "web-b", ".status.podIP");
    const abroad = await pair().field(edge, "pod", "web-edge", ".status.podIP");
    assert.equal(await sandbox.fetchFrom(hub, "web-a", other, 8080), "web-b");
    assert.equal(await sandbox.fetchFrom(hub, "web-a", abroad, 8080), "web-edge");
    assert.equal(await fetchText(`http://${abroad}:8080`), "web-edge");
  });

  it("resolve Services by name, with a server on each of two nodes", async () => {
    const { sandbox } = pair();
    await sandbox.applyObjects(hub, service("web-b", 80, 8080));
    const system = ["-n", "kube-system"];
    await sandbox.kubectl(hub, [...system, "rollout", "status", "deployment/coredns", "--timeout=60s"]);
    const servers = [
      ...system,
      "get",
      "pods",
      "-l",
      "k8s-app=kube-dns",
      "-o",
      "jsonpath={.items[*].spec.nodeName}",
    ];
    assert.deepEqual((await sandbox.kubectl(hub, servers)).split(" ").sort(), [...hubNodes]);
    const address = await pair().field(hub, "service", "web-b", ".spec.clusterIP");
    assert.deepEqual(await sandbox.lookUpFrom(hub, "web-a", "web-b.default.svc.cluster.local"), [address]);
    assert.equal(await sandbox.fetchFrom(hub, "web-a", address, 80), "web-b");
    const unknown = "nslookup -type=a no-such-name.default.svc.cluster.local || true";
    assert.match(await sandbox.shell(hub, "web-a", unknown), /NXDOMAIN/);
  });

  it("let a pod reach itself through its own Service", async () => {
    const address = await pair().field(hub, "service", "web-b", ".spec.clusterIP");
    assert.equal(await pair().sandbox.fetchFrom(hub, "web-b", address, 80), "web-b");
  });

  for (const policy of ["Cluster", "Local"]) {
    it(`reach a load balancer with externalTrafficPolicy ${policy} from the host and the other cluster`, async () => {
      const { sandbox } = pair();
      const name = `web-${policy.toLowerCase()}`;
      const balanced = service("web-b", 80, 8080, { type: "LoadBalancer", externalTrafficPolicy: policy });
      await sandbox.applyObjects(hub, { ...balanced, metadata: { name } });
      const ingress = JSON.parse(
        await until(
          () => pair().field(hub, "service", name, ".status.loadBalancer.ingress[0]"),
          (text) => text !== "",
        ),
      ) as { ip: string; hostname: string };
      assert.equal(ingress.hostname, `${ingress.ip.replaceAll(".", "-")}.ip.linodeusercontent.com`);
      await until(
        () => fetchText(`http://${ingress.ip}`),
        (text) => text === "web-b",
      );
      assert.equal(await sandbox.fetchFrom(edge, "web-edge", ingress.ip, 80), "web-b");
      assert.equal(await sandbox.fetchFrom(hub, "web-a", ingress.ip, 80), "web-b");
      await assert.rejects(fetch(`http://${ingress.ip}:81`), (error: Error) =>
        String(error.cause).includes("ECONNREFUSED"),
      );
      const listed = await sandbox.clusters.nodeBalancers();
      assert.deepEqual(
        listed.map(({ region, ipv4, tags }) => ({ region, ipv4, tags })),
        [{ region: "us-ord", ipv4: ingress.ip, tags: ["lke1000"] }],
      );
      await sandbox.kubectl(hub, ["delete", "service", name]);
      assert.deepEqual(await sandbox.clusters.nodeBalancers(), []);
    });
  }

  it("let the API server reach a pod behind a Service, as webhooks and aggregated APIs need", async () => {
    const { sandbox } = pair();
    const server = pod("tls", hubNodes[1], "", {
      image: tlsImage,
      command: [
        ...["/etcd", "--data-dir=/tmp/etcd", "--auto-tls"],
        ...["--listen-client-urls=https://0.0.0.0:2379", "--advertise-client-urls=https://0.0.0.0:2379"],
      ],
    });
    await sandbox.applyObjects(hub, server, service("tls", 443, 2379), {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1.test.invalid" },
      spec: {
        group: "test.invalid",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: "tls", namespace: "default" },
      },
    });
    await pair().ready(hub, "tls");
    const address = await pair().field(hub, "pod", "tls", ".status.podIP");
    const message = await until(
      () => pair().field(hub, "apiservice", "v1.test.invalid", ".status.conditions[0].message"),
      (text) => text.includes("404"),
    );
    // The pod's own answer: it speaks TLS, and has no such API.
    assert.ok(message.includes(`bad status from https://${address}:2379/apis/test.invalid/v1: 404`), message);
    await sandbox.kubectl(hub, ["delete", "apiservice/v1.test.invalid", "service/tls", "pod/tls"]);
  });
}
