import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";

/** One answer of the API server: a status and a body, which is sent as JSON unless it is text. */
export type Answer = readonly [status: number, body: unknown];

/** A loopback server in an API server's place. */
export interface KubernetesApi {
  /** Kubeconfig (YAML) that leads to it. */
  readonly kubeconfig: string;
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Serves one answer after the other, and the last of them for ever. */
export async function serveKubernetesApi(...answers: readonly Answer[]): Promise<KubernetesApi> {
  const requests: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    requests.push(new URL(url, "http://localhost").pathname);
    const [status, body] = answers[Math.min(requests.length, answers.length) - 1] ?? [500, ""];
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(typeof body === "string" ? body : JSON.stringify(body));
  });
  const port = await listen(server);
  return {
    kubeconfig: kubeconfigFor(port),
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Kubeconfig that leads to a port of this machine where nobody listens. */
export async function unreachableKubeconfig(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return kubeconfigFor(port);
}

/** Lets a server listen on a free port of this machine. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Kubeconfig (YAML) that leads to a port of this machine. */
export function kubeconfigFor(port: number, protocol: "http" | "https" = "http"): string {
  return `
apiVersion: v1
kind: Config
current-context: test
contexts: [{ name: test, context: { cluster: test, user: test } }]
users: [{ name: test, user: {} }]
clusters:
  - name: test
    cluster: { server: "${protocol}://127.0.0.1:${port}", insecure-skip-tls-verify: true }
`;
}
