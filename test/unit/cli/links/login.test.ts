import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";

import { remoteClient } from "../../../../cli/links/login.ts";
import { certifyKey } from "../../../../sandbox/test/support/certificates.ts";
import type { RemoteVault } from "../../../../config/contract.ts";

describe("A peer's Vault", () => {
  const { certificate, key } = certifyKey({ commonName: "vault", names: ["IP:127.0.0.1"] });
  const server = createServer({ cert: certificate, key }, ({ headers }, response) => {
    response.end(JSON.stringify({ namespace: headers["x-vault-namespace"] ?? "none" }));
  });
  let remote: RemoteVault;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const address = `https://127.0.0.1:${port}`;
    remote = { address, caBundle: certificate, login: { auth: "jwt" } };
  });
  after(async () => {
    server.closeAllConnections();
    await once(server.close(), "close");
  });

  for (const [title, namespace, asked] of [
    ["in the namespace that it is in", "admin", "admin"],
    ["in no namespace where it is in none", undefined, "none"],
  ] as const) {
    test(`is asked at its address and ${title}`, async () => {
      const client = remoteClient("edge", { ...remote, namespace });
      assert.deepEqual(await client.send("GET", "sys/health"), { namespace: asked });
      client.close();
    });
  }
});
