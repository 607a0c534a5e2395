import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";

import { listen } from "../tools/support.ts";

const run = promisify(execFile);

const module = (path: string): string => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** Which publishers a process that provides tools reaches, whose caller has a proxy, and what that was asked for. */
async function ask(
  context: TestContext,
  urls: readonly string[],
  variables: (proxy: string) => Readonly<Record<string, string>>,
) {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.end();
  });
  proxy.on("connect", ({ method, url }, socket) => {
    asked.push(`${method ?? ""} ${url ?? ""}`);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const program = `
    import { Steps } from ${module("cli/steps.ts")};
    import { acquire } from ${module("cli/tools.ts")};
    import { Reachability } from ${module("tools/download.ts")};
    await acquire([], new Steps(false), new AbortController().signal);
    const publishers = new Reachability();
    const answers = [];
    for (const url of ${JSON.stringify(urls)}) {
      answers.push(await publishers.reaches(url));
    }
    console.log(JSON.stringify(answers));
  `;
  const none = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
      [name, undefined],
      [name.toLowerCase(), undefined],
    ]),
  );
  const env = { ...process.env, ...none, ...variables(await listen(context, proxy)) };
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], { env });
  return { answers: JSON.parse(stdout.split("\n").at(-2) ?? "") as boolean[], asked };
}

for (const [how, variables] of [
  ["", (proxy: string) => ({ HTTPS_PROXY: proxy, HTTP_PROXY: proxy })],
  [
    " that is named without a scheme, in lower case",
    (proxy: string) => ({
      https_proxy: proxy.replace("http://", ""),
      http_proxy: proxy.replace("http://", ""),
    }),
  ],
] as const) {
  test(`Publishers are asked by the caller's proxy${how}`, async (context) => {
    const urls = ["http://publisher.invalid", "https://publisher.invalid"];
    const { answers, asked } = await ask(context, urls, variables);
    assert.equal(answers[1], false);
    assert.deepEqual(asked.at(-1), "CONNECT publisher.invalid:443");
    assert.equal(asked.length, 2);
    assert.match(asked[0] ?? "", /publisher\.invalid/);
  });
}

test("Neither this machine nor what the caller keeps from it is asked for by the caller's proxy", async (context) => {
  const own = await listen(
    context,
    createServer((_request, response) => {
      response.end();
    }),
  );
  const urls = [own, own.replace("127.0.0.1", "localhost"), "http://kept.invalid"];
  const variables = (proxy: string) => ({ HTTP_PROXY: proxy, NO_PROXY: "kept.invalid" });
  assert.deepEqual(await ask(context, urls, variables), { answers: [true, true, false], asked: [] });
});

test("A proxy that is none for HTTP is left out", async (context) => {
  const variables = (proxy: string) => ({ HTTPS_PROXY: proxy.replace("http:", "socks5:") });
  assert.deepEqual(await ask(context, ["https://publisher.invalid"], variables), {
    answers: [false],
    asked: [],
  });
});
