import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { z } from "zod";
import { MissingConfiguration } from "../../../../plugins/frame/failures.ts";
import { LinodeClient } from "../../../../plugins/linode/client.ts";
import { checkSettings, readSettings } from "../../../../plugins/linode/settings.ts";

test("Settings come from the program first, then from the environment, then from what Linode is", () => {
  const environment = {
    LINODE_TOKEN: "from-environment",
    LINODE_URL: "http://127.0.0.1:1/",
    LINODE_EVENT_POLL_MS: "7",
  };
  assert.deepEqual(
    readSettings({ token: "given", url: "https://example.org/api//", lkeEventPollMs: "5" }, environment),
    {
      token: "given",
      base: "https://example.org/api/v4",
      eventPoll: 7,
      clusterPoll: 5,
      nodePoll: 3000,
      minimumRetryDelay: 3000,
      maximumRetryDelay: 30_000,
    },
  );
  const { token, base } = readSettings({ token: "" }, { ...environment, LINODE_API_VERSION: "v4beta" });
  assert.deepEqual([token, base], ["from-environment", "http://127.0.0.1:1/v4beta"]);
  assert.equal(readSettings({ token: "given" }, {}).base, "https://api.linode.com/v4");
});

test("A missing token is asked for by the names of both places it can be in", () => {
  assert.throws(
    () => readSettings({}, { LINODE_TOKEN: "" }),
    (error) => {
      assert.ok(error instanceof MissingConfiguration);
      assert.deepEqual([...error.keys.keys()], ["token"]);
      assert.match(error.keys.get("token") ?? "", /pulumi config set --secret linode:token.*LINODE_TOKEN/);
      return true;
    },
  );
});

const refusals = [
  [{ tokn: "a" }, "tokn", /^there is no such property; known are: token, url/],
  [
    { url: "api.linode.com" },
    "url",
    /^must be a URL such as https:\/\/api\.linode\.com, but is "api\.linode\.com"$/,
  ],
  [{ eventPollMs: "often" }, "eventPollMs", /^must be a number of milliseconds, but is "often"$/],
  [{ configPath: "/etc/linode" }, "configPath", /^is not followed by this offline plugin/],
  [{ apiCaPath: "/etc/ca" }, "apiCaPath", /^is not followed by this offline plugin/],
] as const;

for (const [config, property, reason] of refusals) {
  test(`The configuration ${JSON.stringify(config)} is refused`, () => {
    const [failure, ...others] = checkSettings(config);
    assert.deepEqual([failure?.property, others], [property, []]);
    assert.match(failure?.reason ?? "", reason);
  });
}

test("A configuration of all that is known passes", () => {
  assert.deepEqual(
    checkSettings({
      token: "a",
      url: "https://example.org",
      apiVersion: "v4",
      uaPrefix: "b",
      version: "5.1.1",
    }),
    [],
  );
});

function clientOf(url: string): LinodeClient {
  return new LinodeClient(readSettings({ token: "token", url }, {}));
}

async function serve(context: TestContext, answer: string): Promise<string> {
  const server = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const request = {
  method: "GET",
  path: "/regions",
  answer: z.object({ data: z.array(z.unknown()) }),
  signal: new AbortController().signal,
} as const;

test("An API that can't be reached is named, with what to check", async () => {
  await assert.rejects(clientOf("http://127.0.0.1:1").send(request), {
    message:
      "the Linode API can't be reached at http://127.0.0.1:1/v4 (bad port); check linode:url or LINODE_URL, and that it is up",
  });
});

test("A list is read to its last page", async (context) => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.end(JSON.stringify({ data: [asked.length], pages: 3 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = clientOf(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  assert.deepEqual(await client.list("/regions", z.number(), { signal: request.signal }), [1, 2, 3]);
  assert.deepEqual(asked, ["/v4/regions?page=1", "/v4/regions?page=2", "/v4/regions?page=3"]);
});

for (const answer of ["<html>", '{"data": 1}']) {
  test(`A server that answers ${answer} is not taken for the Linode API`, async (context) => {
    const url = await serve(context, answer);
    await assert.rejects(clientOf(url).send(request), {
      message: new RegExp(
        `^GET ${url}/v4/regions did not answer what the Linode API answers: .*check linode:url or LINODE_URL$`,
        "s",
      ),
    });
  });
}
