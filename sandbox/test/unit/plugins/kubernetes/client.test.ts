import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { text } from "node:stream/consumers";
import { ApiError } from "../../../../plugins/kubernetes/api/api-error.ts";
import { ApiClient } from "../../../../plugins/kubernetes/api/client.ts";
import { Discovery } from "../../../../plugins/kubernetes/api/discovery.ts";
import { ObjectStore } from "../../../../plugins/kubernetes/api/objects.ts";
import { NotReadyError, waitUntilReady } from "../../../../plugins/kubernetes/readiness/waiting.ts";

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const json =
  (code: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

describe("a client of an API server", () => {
  let server: Server;
  let client: ApiClient;
  /** What the server answers, one after the other; the last one for ever. */
  let answers: Answer[];
  let seen: string[];

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      void text(request).then((body) => {
        seen.push(
          `${request.method ?? ""} ${request.url ?? ""} ${request.headers.authorization ?? ""} ${body}`,
        );
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        answer?.(response, request);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    client = new ApiClient({
      server: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
      authority: undefined,
      verifiesServer: true,
      serverName: undefined,
      token: "t",
      clientCertificate: undefined,
      clientKey: undefined,
      namespace: undefined,
    });
  });
  afterEach(async () => {
    client.close();
    server.closeAllConnections();
    await once(server.close(), "close");
  });

  it("sends the token, the query without what is undefined, and the body also of a DELETE", async () => {
    answers = [json(200, { kind: "Status" })];
    const query = { dryRun: "All", force: undefined };
    await client.send({ method: "DELETE", path: "/api/v1/x", query, body: { propagationPolicy: "Orphan" } });
    assert.deepEqual(seen, ['DELETE /api/v1/x?dryRun=All Bearer t {"propagationPolicy":"Orphan"}']);
  });

  it("repeats a request that the server postpones, and no other", async () => {
    answers = [json(429, {}, { "retry-after": "0" }), json(200, { a: 1 })];
    assert.deepEqual(await client.send({ method: "POST", path: "/x", body: {} }), { a: 1 });
    assert.equal(seen.length, 2);

    answers = [json(500, { message: "broken", reason: "InternalError" })];
    await assert.rejects(client.send({ method: "GET", path: "/x" }), { message: "broken", code: 500 });
    assert.equal(seen.length, 3);
  });

  it("reads once more over a connection that was closed under it, but never writes twice", async () => {
    const broken: Answer = (_response, request) => request.socket.resetAndDestroy();
    answers = [broken, json(200, { a: 1 })];
    assert.deepEqual(await client.send({ method: "GET", path: "/x" }), { a: 1 });

    answers = [broken, json(200, { a: 1 })];
    await assert.rejects(client.send({ method: "POST", path: "/x", body: {} }), { name: "UnreachableError" });
    assert.equal(seen.length, 3);
  });

  it("says what came instead of JSON", async () => {
    answers = [(response) => response.writeHead(502).end("<html>bad gateway</html>")];
    await assert.rejects(client.send({ method: "GET", path: "/x" }), {
      message: "GET /x: <html>bad gateway</html>",
      code: 502,
    });
  });

  it("ends with the reason of the signal", async () => {
    const patience = new AbortController();
    answers = [
      () => {
        patience.abort(new Error("enough"));
      },
    ];
    await assert.rejects(client.send({ method: "GET", path: "/x", signal: patience.signal }), {
      message: "enough",
    });
  });

  it("asks for a kind again that the server did not know", async () => {
    const discovery = new Discovery(client);
    answers = [
      json(404, { reason: "NotFound" }),
      json(200, {
        resources: [
          { name: "things", kind: "Thing", namespaced: false },
          { name: "things/status", kind: "Thing" },
        ],
      }),
    ];
    assert.equal(await discovery.find("example.com/v1", "Thing"), undefined);
    assert.deepEqual(await discovery.find("example.com/v1", "Thing"), {
      plural: "things",
      namespaced: false,
    });
    assert.deepEqual(await discovery.find("example.com/v1", "Thing"), {
      plural: "things",
      namespaced: false,
    });
    assert.equal(seen.length, 2);
  });

  describe("that waits for an object", () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "a", namespace: "b" } };
    const kinds = json(200, { resources: [{ name: "pods", kind: "Pod", namespaced: true }] });
    const wait = () =>
      waitUntilReady({ apiVersion: "v1", kind: "Pod", name: "a", namespace: "b" }, pod, {
        store: new ObjectStore(client, new Discovery(client)),
        signal: new AbortController().signal,
        report: () => undefined,
        timeoutSeconds: undefined,
      });

    it("goes on when the server is away for a moment", async () => {
      const ready = { ...pod, status: { phase: "Succeeded" } };
      answers = [kinds, json(503, { message: "restarting" }), json(200, ready)];
      assert.deepEqual(await wait(), ready);
    });

    it("says so when the object is deleted meanwhile", async () => {
      answers = [kinds, json(404, { reason: "NotFound" })];
      await assert.rejects(wait(), (error) => {
        assert.ok(error instanceof NotReadyError);
        assert.equal(
          error.reasons[0],
          "Pod b/a is not ready: nothing is known about it yet (it was deleted while it was waited for)",
        );
        return true;
      });
    });
  });

  it("tells kinds of refusals apart", () => {
    const terminating = new ApiError(
      403,
      { details: { causes: [{ reason: "NamespaceTerminating" }] } },
      "POST /",
    );
    assert.deepEqual([terminating.isNamespaceTerminating, terminating.isForbidden], [true, true]);
    const missing = new ApiError(404, { details: { kind: "namespaces" } }, "POST /");
    assert.deepEqual(
      [missing.isNamespaceMissing, missing.isNotFound, missing.isConflict],
      [true, true, false],
    );
  });
});
