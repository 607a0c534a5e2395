import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** How a {@link provideCluster} answers. */
export interface ProvidedClusterOptions {
  /** Minor version of Kubernetes. */
  readonly minor: string;
  /** Status of its node's condition `Ready`; `True` by default. */
  readonly ready?: string;
  /** Name of the kubeconfig's file; one that follows from the port by default. */
  readonly fileName?: string;
  /** Called at each request, which is answered when that is done. */
  readonly beforeAnswer?: () => Promise<void>;
}

/** A Kubernetes API that knows its version and one node, and its kubeconfig in a file. */
export async function provideCluster(context: TestContext, folder: string, options: ProvidedClusterOptions) {
  const { minor, ready = "True", fileName, beforeAnswer } = options;
  const server = createServer((request, response) => {
    const answer =
      request.url?.startsWith("/version") === true
        ? { major: "1", minor, gitVersion: `v1.${minor}.0` }
        : { items: [{ status: { conditions: [{ type: "Ready", status: ready }] } }] };
    void Promise.resolve(beforeAnswer?.()).then(() => {
      response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const kubeconfig = JSON.stringify({
    clusters: [{ name: "one", cluster: { server: endpoint, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: "secret" } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "admin" } }],
    "current-context": "one",
  });
  const path = join(folder, fileName ?? `${endpoint.replace(/\D/g, "")}.yaml`);
  await writeFile(path, kubeconfig);
  return { path, kubeconfig, endpoint };
}
