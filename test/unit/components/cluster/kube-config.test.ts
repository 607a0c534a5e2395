import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";

import { CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";

import { SecretObjects } from "../../../../cli/secrets/secret-objects.ts";
import { readCaBundle } from "../../../../components/certificates/read-ca-bundle.ts";
import { kubeConfigFrom } from "../../../../components/cluster/kube-config.ts";
import { readServiceAccountKeys } from "../../../../components/cluster/read-service-account-keys.ts";
import { bootstrap } from "../../../../components/vault/bootstrap/bootstrap.ts";
import { readKeyShares } from "../../../../components/vault/bootstrap/key-shares.ts";
import { Servers } from "../../../../components/vault/bootstrap/servers.ts";
import { BootstrapRegion } from "../../../support/bootstrap.ts";
import { kubeconfigFor, listen } from "../../../support/kubernetes-api.ts";
import { SilentServer } from "../../../support/silent-server.ts";
import { withSleepsEnded } from "../../../support/time.ts";

/** Without the limit that a test is about it would hang, as what it tests would. */
const hanging = { timeout: 60_000 };

describe("A request to an API server that hangs", hanging, () => {
  for (const [title, read, path, preface] of [
    [
      "of one kind's own client",
      (kubeconfig: string) =>
        kubeConfigFrom(kubeconfig, 0.2)
          .makeApiClient(CoreV1Api)
          .readNamespacedPod({ name: "vault-0", namespace: "vault" }),
      "/api/v1/namespaces/vault/pods/vault-0",
      "",
    ],
    [
      "of the client for objects of any kind",
      (kubeconfig: string) =>
        KubernetesObjectApi.makeApiClient(kubeConfigFrom(kubeconfig, 0.2)).read({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "vault-0", namespace: "vault" },
        }),
      "/api/v1",
      "Failed to fetch resource metadata for v1/Pod: ",
    ],
  ] as const) {
    test(`${title} fails in time, says what was asked, and lets go of the connection`, async (context) => {
      const server = await SilentServer.start();
      context.after(() => server.close());
      await assert.rejects(read(kubeconfigFor(server.port)), {
        message: `${preface}the Kubernetes API at http://127.0.0.1:${server.port} did not answer GET ${path} within 0.2 s`,
      });
      assert.equal(await server.released(), 1);
    });
  }

  test("in the midst of its answer fails in time, too", async (context) => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).write('{"kind":');
    });
    const port = await listen(server);
    context.after(async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    });
    const api = kubeConfigFrom(kubeconfigFor(port), 0.2).makeApiClient(CoreV1Api);
    await assert.rejects(api.readNamespacedPod({ name: "vault-0", namespace: "vault" }), {
      message: /did not answer GET \/api\/v1\/namespaces\/vault\/pods\/vault-0 within 0\.2 s$/,
    });
  });
});

describe("An API server that hangs ends, after 30 s,", hanging, () => {
  const cases: [title: string, ask: (kubeconfig: string) => Promise<unknown>][] = [
    [
      "the bootstrap's reading of its journal",
      (kubeconfig) => {
        const { args } = new BootstrapRegion();
        return bootstrap({ ...args, kubeconfig });
      },
    ],
    [
      "the wait for the servers to run",
      (kubeconfig) =>
        new Servers({ kubeconfig, namespace: "ns", replicas: 1, caBundle: "" }).waitUntilRunning(Date.now()),
    ],
    ["the reading of key shares", (kubeconfig) => readKeyShares(kubeconfig, "vault")],
    ["the reading of service account keys", (kubeconfig) => readServiceAccountKeys(kubeconfig)],
    ["the reading of what a region's secrets are", (kubeconfig) => new SecretObjects(kubeconfig).plan()],
    [
      "the reading of the CA certificate",
      (kubeconfig) =>
        readCaBundle({
          ...{ kubeconfig, namespace: "ns", secretName: "ca" },
          ...{ lifetimeSeconds: 1, timeoutSeconds: 0 },
        }),
    ],
  ];
  for (const [title, ask] of cases) {
    test(title, async (context) => {
      const server = await SilentServer.start();
      context.after(() => server.close());
      await assert.rejects(
        withSleepsEnded(30_000, () => ask(kubeconfigFor(server.port))),
        /the Kubernetes API at http:\/\/127\.0\.0\.1:\d+ did not answer GET \S+ within 30 s/,
      );
    });
  }
});
