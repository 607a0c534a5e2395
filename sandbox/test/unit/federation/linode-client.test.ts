import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { LinodeClient } from "../../../federation/linode-client.ts";

test("A cluster that does not go away is reported instead of waited for without end", async (context) => {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ data: [{ id: 7, label: "hub" }] }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await assert.rejects(new LinodeClient(`http://127.0.0.1:${port}`, "token").deleteCluster(7, 0), {
    message: /^cluster 7 was still there 0 s after it was deleted\. .*daemon\.log.*make sandbox-down/,
  });
});
