import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";

import { LinodeClient } from "../../../federation/linode-client.ts";

interface Api {
  /** Status of its second node. */
  second: "ready" | "not_ready";
  /** Status of every answer, unless all is well. */
  readonly refusal?: number | undefined;
}

/** An API with one cluster of two nodes, the first of which is ready. */
async function serve(context: TestContext, api: Api = { second: "not_ready" }): Promise<LinodeClient> {
  const url = await listen(context, ({ url }, response) => {
    const { refusal } = api;
    if (refusal !== undefined) {
      response.writeHead(refusal).end('{"errors": [{"reason": "no"}]}');
      return;
    }
    const nodes = ["ready", api.second].map((status, index) => ({ id: `5-${index}`, status }));
    const data = url?.includes("/pools") === true ? [{ nodes }] : [{ id: 7, label: "hub" }];
    const kubeconfig = Buffer.from("apiVersion: v1").toString("base64");
    response.end(JSON.stringify({ data, kubeconfig }));
  });
  return new LinodeClient(url, "token");
}

/** Serves on this machine until the test ends. */
async function listen(context: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

test("A kubeconfig that Linode does not have yet is waited for", async (context) => {
  const refusals = [503, 503];
  const linode = await serve(context, {
    second: "ready",
    get refusal() {
      return refusals.shift();
    },
  });
  await assert.rejects(linode.kubeconfig(7, 0), /answered 503 to GET \/lke\/clusters\/7\/kubeconfig/);
  assert.equal(await linode.kubeconfig(7), "apiVersion: v1");
  assert.deepEqual(refusals, []);
});

test("A cluster that does not go away is reported instead of waited for without end", async (context) => {
  const linode = await serve(context);
  await assert.rejects(linode.deleteCluster(7, 0), {
    message: /^cluster 7 was still there 0 s after it was deleted\. .*daemon\.log.*make sandbox-down/,
  });
});

test("Nodes that are not ready are named, and waited for", async (context) => {
  const api: Api = { second: "not_ready" };
  const linode = await serve(context, api);
  const lines: string[] = [];
  const report = (line: string): void => {
    lines.push(line);
    api.second = "ready";
  };
  await linode.waitForNodes(() => "not reached", { report });
  assert.deepEqual(lines, ["waiting for nodes 5-1"]);
});

test("Nodes that do not get ready in time are an error", async (context) => {
  const linode = await serve(context);
  await assert.rejects(
    linode.waitForNodes((missing) => `${missing} is missing`, { patience: 0 }),
    { message: "5-1 is missing" },
  );
});

test("The wait for nodes can be interrupted", async (context) => {
  const linode = await serve(context);
  const interrupt = new AbortController();
  const report = (): void => {
    interrupt.abort();
  };
  await assert.rejects(
    linode.waitForNodes(() => "not reached", { signal: interrupt.signal, report }),
    { name: "AbortError" },
  );
});

for (const status of [401, 429, 500]) {
  test(`An answer of ${status} is told with the request that got it`, async (context) => {
    const linode = await serve(context, { second: "ready", refusal: status });
    await assert.rejects(linode.clusters(), {
      message:
        `the Linode API answered ${status} to GET /lke/clusters?page_size=500: ` +
        '{"errors": [{"reason": "no"}]}',
    });
  });
}

const remedy =
  "logs/daemon.log in the state folder says why; `make sandbox` starts it again where it has ended.";

test("An API that has ended is told with its address, the reason and what to do", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  await assert.rejects(new LinodeClient(`http://127.0.0.1:${port}`, "token").clusters(), {
    message:
      `the Linode API did not answer GET http://127.0.0.1:${port}/v4/lke/clusters?page_size=500: ` +
      `connect ECONNREFUSED 127.0.0.1:${port}. ${remedy}`,
  });
});

for (const [title, answer] of [
  ["An API that says nothing", () => undefined],
  ["An API that stops in the middle", (_request, response) => void response.writeHead(200).write("{")],
] as const satisfies readonly (readonly [string, RequestListener])[]) {
  test(`${title} is waited for no longer than allowed`, { timeout: 20_000 }, async (context) => {
    const url = await listen(context, answer);
    await assert.rejects(new LinodeClient(url, "token", 50).deletePool(7, 8), {
      message:
        `the Linode API did not answer DELETE ${url}/v4/lke/clusters/7/pools/8: ` +
        `nothing came within 0.05 s. ${remedy}`,
    });
  });
}
