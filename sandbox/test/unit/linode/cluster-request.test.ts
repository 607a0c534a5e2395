import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { test, type TestContext } from "node:test";

import { VersionApi } from "@kubernetes/client-node";

import { askCluster } from "../../../linode/cluster-request.ts";
import { readGivenKubeconfig } from "../../../linode/given-kubeconfig.ts";
import { inspectCluster } from "../../../linode/provided-clusters.ts";
import { certifyKey, type CertifiedKey } from "../../support/certificates.ts";

/** Writes the kubeconfig of a server. */
async function kubeconfigOf(context: TestContext, server: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "kubeconfig");
  const config = {
    clusters: [{ name: "one", cluster: { server, "insecure-skip-tls-verify": server.startsWith("http:") } }],
    users: [{ name: "admin", user: { token: "secret" } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "admin" } }],
    "current-context": "one",
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

/** Serves on a free port; answers the URL and the path of a kubeconfig. */
async function serve(context: TestContext, listener: RequestListener, certified?: CertifiedKey) {
  const server =
    certified === undefined
      ? createServer(listener)
      : createTlsServer({ key: certified.key, cert: certified.certificate }, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const scheme = certified === undefined ? "http" : "https";
  const url = `${scheme}://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return { url, path: await kubeconfigOf(context, url) };
}

function answer(status: number, body: object | string, type = "application/json"): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { "content-type": type, "x-internal": "header" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

for (const [what, listener, said] of [
  [
    "refuses the credentials",
    answer(401, { kind: "Status", message: "Unauthorized" }),
    "answered with status 401. Its credentials may have expired: make a new kubeconfig, and try again.",
  ],
  [
    "does not let its nodes be listed",
    ((request, response) => {
      const isVersion = request.url?.startsWith("/version") === true;
      const message = 'nodes is forbidden: User "reader" cannot list resource "nodes"';
      const reply = isVersion ? answer(200, { major: "1", minor: "36" }) : answer(403, { message });
      reply(request, response);
    }) satisfies RequestListener,
    'answered with status 403 (nodes is forbidden: User "reader" cannot list resource "nodes"). ' +
      "Give its user the role cluster-admin, or give the kubeconfig of another user, and try again.",
  ],
  [
    "is out of order",
    answer(503, "<html>", "text/html"),
    "answered with status 503. Look after that cluster, and try again.",
  ],
] as const) {
  test(`A cluster that ${what} is told with the name of its kubeconfig and what to do`, async (context) => {
    const { url, path } = await serve(context, listener);
    await assert.rejects(inspectCluster(path), {
      message: `the cluster of the kubeconfig ${path} can't be used: ${url} ${said}`,
    });
  });
}

test("A server that is no Kubernetes API is told as such", async (context) => {
  const { url, path } = await serve(context, answer(200, {}));
  await assert.rejects(inspectCluster(path), (error: Error) => {
    const start = `the cluster of the kubeconfig ${path} can't be used: ${url} does not work as a Kubernetes API (`;
    assert.ok(error.message.startsWith(start), error.message);
    assert.ok(error.message.endsWith("). Correct its server, and try again."), error.message);
    return true;
  });
});

test("A server that nobody listens on is told with its address", async (context) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  await promisify(server.close.bind(server))();
  const path = await kubeconfigOf(context, `http://${address}`);
  await assert.rejects(inspectCluster(path), {
    message:
      `the cluster of the kubeconfig ${path} can't be used: http://${address} can't be reached ` +
      `(connect ECONNREFUSED ${address}). ` +
      "Check that its server is right and can be reached from this machine, and try again.",
  });
});

test("A certificate that nobody vouches for is told as such", async (context) => {
  const { url, path } = await serve(
    context,
    answer(200, {}),
    certifyKey({ commonName: "one", names: ["IP:127.0.0.1"] }),
  );
  await assert.rejects(inspectCluster(path), {
    message:
      `the cluster of the kubeconfig ${path} can't be used: ${url} can't be reached (self-signed certificate). ` +
      "The server's certificate must come from the certificate-authority of the kubeconfig and be for its server's name, " +
      "and try again.",
  });
});

test("A cluster that does not answer is not waited for without end", { timeout: 20_000 }, async (context) => {
  const { url, path } = await serve(context, () => undefined);
  const kubeconfig = await readGivenKubeconfig(path, 100);
  const versions = kubeconfig.access.makeApiClient(VersionApi);
  await assert.rejects(
    askCluster(kubeconfig, () => versions.getCode()),
    {
      message:
        `the cluster of the kubeconfig ${path} can't be used: ${url} did not answer in time. ` +
        "Check that its server is right and can be reached from this machine, and try again.",
    },
  );
});
