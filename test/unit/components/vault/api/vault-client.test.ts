import assert from "node:assert/strict";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Agent, createServer } from "node:https";
import { describe, test, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";

import { KubeConfig } from "@kubernetes/client-node";

import { PodTunnel } from "../../../../../components/vault/api/pod-tunnel.ts";
import { VaultClient } from "../../../../../components/vault/api/vault-client.ts";
import { certifyKey } from "../../../../../sandbox/test/support/certificates.ts";
import { kubeconfigFor, listen } from "../../../../support/kubernetes-api.ts";
import { SilentServer } from "../../../../support/silent-server.ts";

const timeoutMilliseconds = 200;

/** Without the limit that a test is about it would hang, as what it tests would. */
const hanging = { timeout: 60_000 };

function tunnelTo(port: number, protocol: "http" | "https"): PodTunnel {
  const config = new KubeConfig();
  config.loadFromString(kubeconfigFor(port, protocol));
  return new PodTunnel(config, { namespace: "vault", pod: "vault-0", port: 8200 }, "");
}

function clientOf(port: number, agent: Agent, limit = timeoutMilliseconds): VaultClient {
  return new VaultClient({ name: "vault-0", host: "127.0.0.1", port, agent, timeoutMilliseconds: limit });
}

const silence = {
  message: "vault-0 could not be asked for sys/health: vault-0 did not answer GET sys/health within 200 ms",
};

describe("A request to a server that takes the connection and hangs", hanging, () => {
  const silent = () => SilentServer.start();
  const cases: [title: string, start: () => Promise<SilentServer>, agentTo: (port: number) => Agent][] = [
    ["in the TLS handshake", silent, () => new Agent({ keepAlive: true })],
    ["as an API server, in the TLS handshake", silent, (port) => tunnelTo(port, "https")],
    ["as an API server, when asked for the tunnel", silent, (port) => tunnelTo(port, "http")],
    [
      "behind the tunnel, in the TLS handshake",
      () => SilentServer.startBehindWebSocket(),
      (port) => tunnelTo(port, "http"),
    ],
  ];
  for (const [title, start, agentTo] of cases) {
    test(`${title}, fails in time and lets go of the connection`, async (context) => {
      const server = await start();
      context.after(() => server.close());
      const client = clientOf(server.port, agentTo(server.port));
      await assert.rejects(client.send("GET", "sys/health"), silence);
      assert.equal(await server.released(), 1);
    });
  }

  for (const [title, start] of [
    ["has not opened yet", silent],
    ["is not secure yet", () => SilentServer.startBehindWebSocket()],
  ] as const) {
    test(`ends when the client is closed, though the tunnel ${title}`, async (context) => {
      const server = await start();
      context.after(() => server.close());
      const client = clientOf(server.port, tunnelTo(server.port, "http"), 2 ** 31 - 1);
      const asked = client.send("GET", "sys/health");
      await server.heard();
      client.close();
      await assert.rejects(asked, {
        message: "vault-0 could not be asked for sys/health: The operation was aborted",
      });
      assert.equal(await server.released(), 1);
    });
  }
});

describe("A request to a server with which it has a connection", hanging, () => {
  /** A server that lets the test answer, and a client of it. */
  async function serve(
    context: TestContext,
    answer: (path: string, response: ServerResponse) => void,
  ): Promise<{ client: VaultClient; closed: Promise<unknown> }> {
    const { certificate, key } = certifyKey({ commonName: "vault", names: ["IP:127.0.0.1"] });
    const server = createServer({ cert: certificate, key }, ({ url = "" }, response) => {
      answer(url, response);
    });
    const closed = once(server, "secureConnection").then(
      ([socket]: TLSSocket[]) => socket && once(socket, "close"),
    );
    const client = clientOf(await listen(server), new Agent({ ca: certificate, keepAlive: true }));
    context.after(async () => {
      client.close();
      server.closeAllConnections();
      await once(server.close(), "close");
    });
    return { client, closed };
  }

  test("fails in time when the answer stops in its midst, and lets go of the connection", async (context) => {
    const { client, closed } = await serve(context, (_path, response) => {
      response.write('{"sealed":');
    });
    await assert.rejects(client.send("GET", "sys/health"), silence);
    await closed;
  });

  test("may be given more time than others have", async (context) => {
    const held = Promise.withResolvers<ServerResponse>();
    const { client } = await serve(context, (path, response) => {
      if (path === "/v1/sys/init") {
        held.resolve(response);
      }
    });
    const init = client.send("PUT", "sys/init", {}, { timeoutMilliseconds: 2 ** 31 - 1 });
    const response = await held.promise;
    await assert.rejects(client.send("GET", "sys/health"), silence);
    response.end('{"root_token":"the token"}');
    assert.deepEqual(await init, { root_token: "the token" });
  });
});
