import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { buildImages } from "../../../images/build.ts";
import { manifestSchema, type ImageManifest } from "../../../images/manifest.ts";
import { imageRegistry } from "../../../images/registry.ts";
import { listen, temporaryFolder } from "../tools/support.ts";
import { smallSources, twoImages } from "./support.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

async function serve(context: TestContext): Promise<{ url: string; images: string; folder: string }> {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  await buildImages(images, await smallSources(folder));
  return { url: await listen(context, imageRegistry(images)), images, folder };
}

async function getManifest(url: string): Promise<ImageManifest> {
  return manifestSchema.parse(
    await (await fetch(`${url}/v2/example/controller/manifests/v1?ns=quay.io`)).json(),
  );
}

test("the registry says that it speaks version 2 of the protocol", async (context) => {
  const { url } = await serve(context);
  for (const path of ["/v2/", "/v2"]) {
    const response = await fetch(`${url}${path}`);
    assert.deepEqual([response.status, await response.text()], [200, "{}"]);
  }
});

for (const path of [
  "/v2/example/controller/manifests/v1?ns=quay.io",
  "/v2/quay.io/example/controller/manifests/v1",
]) {
  test(`a manifest is found by its tag at ${path}`, async (context) => {
    const { url } = await serve(context);
    const response = await fetch(`${url}${path}`);
    const body = await response.text();
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), manifestType);
    assert.equal(response.headers.get("docker-content-digest"), digest);
    assert.equal(response.headers.get("content-length"), String(body.length));
    const byDigest = await fetch(`${url}/v2/example/controller/manifests/${digest}?ns=quay.io`);
    assert.equal(await byDigest.text(), body);
  });
}

test("HEAD gives the headers of GET without a body", async (context) => {
  const { url } = await serve(context);
  const path = `${url}/v2/example/controller/manifests/v1?ns=quay.io`;
  const [head, get] = [await fetch(path, { method: "HEAD" }), await fetch(path)];
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  for (const name of ["content-type", "content-length", "docker-content-digest"]) {
    assert.equal(head.headers.get(name), get.headers.get(name), name);
  }
});

test("every blob of a manifest is served with the content of its digest", async (context) => {
  const { url } = await serve(context);
  const { config, layers } = await getManifest(url);
  for (const { digest, size } of [config, ...layers]) {
    const response = await fetch(`${url}/v2/example/controller/blobs/${digest}?ns=quay.io`);
    const body = Buffer.from(await response.arrayBuffer());
    assert.equal(response.headers.get("content-type"), "application/octet-stream");
    assert.equal(response.headers.get("content-length"), String(size));
    assert.equal(`sha256:${createHash("sha256").update(body).digest("hex")}`, digest);
  }
});

const absent = "0".repeat(64);
const refusals: readonly [string, string, string, string][] = [
  [
    "an unknown image",
    "/v2/example/other/manifests/v1?ns=quay.io",
    "MANIFEST_UNKNOWN",
    "there is no image quay.io/example/other with the tag or digest v1",
  ],
  [
    "an unknown tag",
    "/v2/example/controller/manifests/v2?ns=quay.io",
    "MANIFEST_UNKNOWN",
    "there is no image quay.io/example/controller with the tag or digest v2",
  ],
  [
    "an image of another registry",
    "/v2/example/controller/manifests/v1?ns=docker.io",
    "MANIFEST_UNKNOWN",
    "there is no image docker.io/example/controller with the tag or digest v1",
  ],
  [
    "an unknown blob",
    `/v2/example/controller/blobs/sha256:${absent}?ns=quay.io`,
    "BLOB_UNKNOWN",
    `no image quay.io/example/controller has a blob sha256:${absent}`,
  ],
  [
    "a path that leaves the folder",
    "/v2/example/controller/blobs/..%2f..%2findex.json?ns=quay.io",
    "BLOB_UNKNOWN",
    "no image quay.io/example/controller has a blob ..%2f..%2findex.json",
  ],
  ["anything else", "/v1/search", "NAME_UNKNOWN", "/v1/search is nothing that this registry serves"],
];

for (const [name, path, code, message] of refusals) {
  test(`${name} is answered with 404 in the registry's error format`, async (context) => {
    const { url } = await serve(context);
    const response = await fetch(`${url}${path}`);
    assert.equal(response.status, 404);
    assert.equal(response.headers.get("content-type"), "application/json");
    assert.deepEqual(await response.json(), { errors: [{ code, message }] });
  });
}

test("a blob of one image is not served under the name of another that lacks it", async (context) => {
  const { url } = await serve(context);
  const { config } = await getManifest(url);
  const response = await fetch(`${url}/v2/example/webhook/blobs/${config.digest}?ns=quay.io`);
  assert.equal(response.status, 404);
});

test("nothing can be pushed", async (context) => {
  const { url } = await serve(context);
  const response = await fetch(`${url}/v2/example/controller/blobs/uploads/?ns=quay.io`, { method: "POST" });
  assert.equal(response.status, 405);
  assert.deepEqual(await response.json(), {
    errors: [{ code: "UNSUPPORTED", message: "POST: this registry is read-only" }],
  });
});

for (const path of ["/v2/example/controller/manifests/%zz?ns=quay.io", "//"]) {
  test(`the malformed path ${path} is refused without harm to the server`, async (context) => {
    const { url } = await serve(context);
    const { port } = new URL(url);
    // fetch would mend the path first.
    const [response] = (await once(request({ port, path }).end(), "response")) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 404);
    assert.equal((await fetch(`${url}/v2/`)).status, 200);
  });
}

test("the colon of a digest may be escaped", async (context) => {
  const { url } = await serve(context);
  const { config } = await getManifest(url);
  const escaped = config.digest.replace(":", "%3A");
  assert.equal((await fetch(`${url}/v2/example/controller/blobs/${escaped}?ns=quay.io`)).status, 200);
});

test("images that are made while the registry runs are served at once", async (context) => {
  const { url, images, folder } = await serve(context);
  const sources = await smallSources(folder);
  const added = twoImages.map((image) => ({
    ...image,
    reference: image.reference.replace("example", "added"),
  }));
  const path = `${url}/v2/added/webhook/manifests/v1?ns=quay.io`;
  assert.equal((await fetch(path)).status, 404);
  await buildImages(images, { ...sources, images: added });
  assert.equal((await fetch(path)).status, 200);
});

test("a registry without any images answers that there are none", async (context) => {
  const folder = await temporaryFolder(context);
  const url = await listen(context, imageRegistry(join(folder, "missing")));
  assert.equal((await fetch(`${url}/v2/example/controller/manifests/v1?ns=quay.io`)).status, 404);
});
