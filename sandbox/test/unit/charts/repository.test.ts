import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { chartRepository } from "../../../charts/repository.ts";
import { listen, temporaryFolder } from "../tools/support.ts";

async function serve(context: TestContext): Promise<string> {
  const folder = await temporaryFolder(context);
  const charts = join(folder, "charts");
  await mkdir(join(charts, "folder.tgz"), { recursive: true });
  await writeFile(join(charts, "index.yaml"), "entries: {}\n");
  await writeFile(join(charts, "cert-manager-v1.11.5.tgz"), "package");
  await writeFile(join(charts, "inputs.sha256"), "digest");
  await writeFile(join(folder, "outside.yaml"), "secret");
  return listen(context, chartRepository(charts));
}

const served: readonly [string, string, string][] = [
  ["/index.yaml", "application/yaml", "entries: {}\n"],
  ["/cert-manager-v1.11.5.tgz", "application/gzip", "package"],
];

for (const [path, type, content] of served) {
  test(`${path} is served as ${type}`, async (context) => {
    const response = await fetch(`${await serve(context)}${path}`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), type);
    assert.equal(response.headers.get("content-length"), String(content.length));
    assert.equal(await response.text(), content);
  });
}

test("HEAD gives the headers only", async (context) => {
  const response = await fetch(`${await serve(context)}/index.yaml`, { method: "HEAD" });
  assert.deepEqual(
    [response.status, response.headers.get("content-length"), await response.text()],
    [200, "12", ""],
  );
});

for (const path of [
  "/",
  "/missing.tgz",
  "/inputs.sha256",
  "/folder.tgz",
  "/../outside.yaml",
  "/..%2foutside.yaml",
  "/folder.tgz/../index.yaml/x",
  "//",
]) {
  test(`${path} is not in the repository`, async (context) => {
    const { port } = new URL(await serve(context));
    // fetch would mend the path first.
    const [response] = (await once(request({ port, path }).end(), "response")) as [IncomingMessage];
    const body = (await response.toArray()).join("");
    assert.equal(response.statusCode, 404);
    assert.equal(response.headers["content-type"], "text/plain; charset=utf-8");
    assert.equal(body, `${path} is not in this chart repository; its charts are listed in /index.yaml\n`);
  });
}

test("nothing can be uploaded", async (context) => {
  const response = await fetch(`${await serve(context)}/index.yaml`, {
    method: "PUT",
    body: "entries: {}\n",
  });
  assert.deepEqual(
    [response.status, await response.text()],
    [405, "PUT: this chart repository is read-only\n"],
  );
});
