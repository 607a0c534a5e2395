import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";

import { listen } from "../../../daemon/listen.ts";

const host = "127.0.0.1";

function server(context: TestContext) {
  const made = createServer();
  context.after(() => made.close());
  return made;
}

test("A port that is taken is named, with its server and how to find who has it", async (context) => {
  const first = await listen("chart repository", server(context), { host, port: 0 });
  const { port } = first.address() as AddressInfo;
  await assert.rejects(listen("image registry", server(context), { host, port }), {
    message:
      `the sandbox's image registry needs port ${port} of 127.0.0.1, which another process holds. ` +
      `Find it with \`ss -ltnp 'sport = :${port}'\` and stop it.`,
  });
});

test("Another reason not to listen is told", async (context) => {
  await assert.rejects(listen("image registry", server(context), { host: "192.0.2.1", port: 0 }), {
    message: /^the sandbox's image registry can't listen at 192\.0\.2\.1:0: .*EADDRNOTAVAIL/,
  });
});
