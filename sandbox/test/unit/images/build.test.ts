import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { extract } from "tar-stream";
import { buildImages } from "../../../images/build.ts";
import type { ImageDefinition } from "../../../images/catalogue.ts";
import { ImageLayout } from "../../../images/layout.ts";
import { manifestSchema, type Descriptor } from "../../../images/manifest.ts";
import { goArchitecture } from "../../../tools/architecture.ts";
import { runCommand } from "../../../tools/command.ts";
import { temporaryFolder } from "../tools/support.ts";
import { smallSources, twoImages } from "./support.ts";

async function readBlob(folder: string, { digest }: Pick<Descriptor, "digest">): Promise<Buffer> {
  return readFile(new ImageLayout(folder).blobPath(digest));
}

async function readManifests(
  folder: string,
): Promise<{ reference: string; manifest: ReturnType<typeof manifestSchema.parse> }[]> {
  const { manifests } = await new ImageLayout(folder).readIndex();
  return Promise.all(
    manifests.map(async (descriptor) => ({
      reference: descriptor.annotations?.["org.opencontainers.image.ref.name"] ?? "",
      manifest: manifestSchema.parse(JSON.parse((await readBlob(folder, descriptor)).toString())),
    })),
  );
}

/** The entries of a layer as name, type, mode, owner, time and link. */
async function listLayer(folder: string, layer: Descriptor): Promise<string[]> {
  const lines: string[] = [];
  const archive = extract();
  archive.on("entry", (header, stream, next) => {
    const { name, type, mode, uid, gid, mtime, linkname } = header;
    const owner = `${String(uid)}:${String(gid)}`;
    lines.push([name, type, mode.toString(8), owner, mtime.getTime(), linkname].join(" ").trim());
    stream.on("end", () => {
      next();
    });
    stream.resume();
  });
  const finished = new Promise<void>((resolve) => {
    archive.on("finish", () => {
      resolve();
    });
  });
  archive.end(await readBlob(folder, layer));
  await finished;
  return lines;
}

test("each image has the base and its tool's layer, and images of one tool share it", async (context) => {
  const folder = await temporaryFolder(context);
  await buildImages(join(folder, "images"), await smallSources(folder));
  const [first, second, ...others] = await readManifests(join(folder, "images"));
  assert.ok(first && second);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [first.reference, second.reference],
    ["quay.io/example/controller:v1", "quay.io/example/webhook:v1"],
  );
  assert.equal(first.manifest.layers.length, 2);
  assert.deepEqual(first.manifest.layers, second.manifest.layers);
  assert.notEqual(first.manifest.config.digest, second.manifest.config.digest);
});

test("every blob has the digest and the size that point to it", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  await buildImages(images, await smallSources(folder));
  const { manifests } = await new ImageLayout(images).readIndex();
  const inner = (await readManifests(images)).flatMap(({ manifest }) => [
    manifest.config,
    ...manifest.layers,
  ]);
  const descriptors = [...manifests, ...inner];
  assert.equal(descriptors.length, 8);
  for (const { digest, size } of descriptors) {
    const blob = await readBlob(images, { digest });
    assert.deepEqual(
      [`sha256:${createHash("sha256").update(blob).digest("hex")}`, blob.length],
      [digest, size],
    );
  }
});

test("a configuration says what to start, as whom, and which layers belong to it", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  await buildImages(images, await smallSources(folder));
  const [image] = await readManifests(images);
  assert.ok(image);
  assert.deepEqual(JSON.parse((await readBlob(images, image.manifest.config)).toString()), {
    architecture: goArchitecture(),
    os: "linux",
    config: {
      User: "1000",
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      Entrypoint: ["/app/controller"],
      WorkingDir: "/",
    },
    rootfs: { type: "layers", diff_ids: image.manifest.layers.map(({ digest }) => digest) },
  });
});

test("layers hold what they should, owned by root and without a date", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  await buildImages(images, await smallSources(folder));
  const [image] = await readManifests(images);
  const [base, tool] = image?.manifest.layers ?? [];
  assert.ok(base && tool);
  assert.deepEqual(await listLayer(images, base), [
    "bin/ directory 755 0:0 0",
    "etc/ directory 755 0:0 0",
    "etc/ssl/ directory 755 0:0 0",
    "etc/passwd file 644 0:0 0",
    "etc/group file 644 0:0 0",
    "etc/ssl/certs/ directory 755 0:0 0",
    "root/ directory 700 0:0 0",
    "tmp/ directory 1777 0:0 0",
    "bin/busybox file 755 0:0 0",
    "bin/sh symlink 777 0:0 0 /bin/busybox",
    "bin/ls symlink 777 0:0 0 /bin/busybox",
  ]);
  assert.deepEqual(await listLayer(images, tool), [
    "app/ directory 755 0:0 0",
    "app/controller file 755 0:0 0",
    "app/webhook link 755 0:0 0 app/controller",
  ]);
});

test("an image's own files take their place beside its programs, with owner and default arguments", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  const owner = { uid: 100, gid: 1000 };
  const image: ImageDefinition = {
    reference: "quay.io/example/server:v1",
    layer: {
      tool: "cert-manager",
      programs: { controller: "/bin/server" },
      files: [
        { path: "/data", kind: "folder", mode: 0o755, owner },
        { path: "/etc/passwd", kind: "text", text: "server:x:100:1000\n" },
      ],
    },
    entrypoint: ["/bin/server"],
    arguments: ["-dev"],
    user: "0:0",
  };
  await buildImages(images, { ...(await smallSources(folder)), images: [image] });
  const [built] = await readManifests(images);
  const layer = built?.manifest.layers[1];
  assert.ok(built && layer);
  assert.deepEqual(await listLayer(images, layer), [
    "bin/ directory 755 0:0 0",
    "etc/ directory 755 0:0 0",
    "bin/server file 755 0:0 0",
    "data/ directory 755 100:1000 0",
    "etc/passwd file 644 0:0 0",
  ]);
  const { config } = JSON.parse((await readBlob(images, built.manifest.config)).toString()) as {
    config: unknown;
  };
  assert.deepEqual(config, {
    User: "0:0",
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Entrypoint: ["/bin/server"],
    Cmd: ["-dev"],
    WorkingDir: "/",
  });
});

test("files of a tool's Go module are in the layer, and a change of one makes it anew", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  const crds = join(folder, "source", "chart", "crds");
  await mkdir(crds, { recursive: true });
  await writeFile(join(crds, "b.yaml"), "kind: B\n");
  await writeFile(join(crds, "a.yaml"), "kind: A\n");
  const asked: string[] = [];
  const image: ImageDefinition = {
    reference: "quay.io/example/operator:v1",
    layer: {
      tool: "cert-manager",
      programs: { controller: "/operator" },
      moduleFolders: { "chart/crds": "/scripts/crds" },
    },
    entrypoint: ["/operator"],
    user: "1000",
  };
  const sources = {
    ...(await smallSources(folder)),
    images: [image],
    moduleSource: (_folder: string, module: string) => {
      asked.push(module);
      return Promise.resolve(join(folder, "source"));
    },
  };
  const build = async (): Promise<Descriptor> => {
    await buildImages(images, sources);
    const layer = (await readManifests(images))[0]?.manifest.layers[1];
    assert.ok(layer);
    return layer;
  };
  const layer = await build();
  assert.deepEqual(asked, ["github.com/cert-manager/cert-manager"]);
  assert.deepEqual(await listLayer(images, layer), [
    "scripts/ directory 755 0:0 0",
    "scripts/crds/ directory 755 0:0 0",
    "operator file 755 0:0 0",
    "scripts/crds/a.yaml file 644 0:0 0",
    "scripts/crds/b.yaml file 644 0:0 0",
  ]);
  await writeFile(join(crds, "a.yaml"), "kind: C\n");
  assert.notEqual((await build()).digest, layer.digest);
});

test("the same inputs give the same images, wherever and whenever they are made", async (context) => {
  const [one, other] = [await temporaryFolder(context), await temporaryFolder(context)];
  await buildImages(join(one, "images"), await smallSources(one));
  await buildImages(join(other, "images"), await smallSources(other));
  assert.deepEqual(
    await readdir(join(one, "images", "blobs", "sha256")),
    await readdir(join(other, "images", "blobs", "sha256")),
  );
  assert.equal(
    await readFile(join(one, "images", "index.json"), "utf8"),
    await readFile(join(other, "images", "index.json"), "utf8"),
  );
});

test("a layer is made again only if an input has changed", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  const sources = await smallSources(folder);
  await buildImages(images, sources);
  const layer = (await readManifests(images))[0]?.manifest.layers[1];
  assert.ok(layer);
  const path = new ImageLayout(images).blobPath(layer.digest);
  const longAgo = new Date(0);
  await utimes(path, longAgo, longAgo);

  await buildImages(images, sources);
  assert.equal((await stat(path)).mtimeMs, 0);

  await writeFile(join(folder, "program"), "another program\n");
  await buildImages(images, sources);
  const changed = (await readManifests(images))[0]?.manifest.layers[1];
  assert.notEqual(changed?.digest, layer.digest);
  await assert.rejects(stat(path), { code: "ENOENT" });
});

test("a layer that is gone or cut off is made again", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  const sources = await smallSources(folder);
  await buildImages(images, sources);
  const [base, tool] = (await readManifests(images))[0]?.manifest.layers ?? [];
  assert.ok(base && tool);
  await rm(new ImageLayout(images).blobPath(base.digest));
  await writeFile(new ImageLayout(images).blobPath(tool.digest), "cut");
  await buildImages(images, sources);
  assert.ok(await new ImageLayout(images).hasBlob(base));
  assert.ok(await new ImageLayout(images).hasBlob(tool));
});

test("images that are not asked for any more disappear with their blobs, and so does what a killed run has left", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  const sources = await smallSources(folder);
  await buildImages(images, sources);
  await mkdir(join(images, "incoming-killed"));
  await buildImages(images, { ...sources, images: twoImages.slice(0, 1) });
  assert.deepEqual(
    (await readManifests(images)).map(({ reference }) => reference),
    ["quay.io/example/controller:v1"],
  );
  assert.equal((await readdir(join(images, "blobs", "sha256"))).length, 4);
  assert.deepEqual((await readdir(images)).sort(), ["blobs", "index.json", "layers.json", "oci-layout"]);
});

test("a program that is missing is an error that names it, and the images from before stay", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  const sources = await smallSources(folder);
  await buildImages(images, sources);
  await rm(join(folder, "program"));
  await assert.rejects(buildImages(images, sources), { code: "ENOENT", path: join(folder, "program") });
  assert.equal((await readManifests(images)).length, 2);
});

test("tar reads a layer", async (context) => {
  const folder = await temporaryFolder(context);
  const images = join(folder, "images");
  await buildImages(images, await smallSources(folder));
  const tool = (await readManifests(images))[0]?.manifest.layers[1];
  assert.ok(tool);
  const root = join(folder, "root");
  await mkdir(root);
  const { code, stderr } = await runCommand("tar", [
    "-xf",
    new ImageLayout(images).blobPath(tool.digest),
    "-C",
    root,
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(await readFile(join(root, "app", "webhook"), "utf8"), "a program\n");
  assert.equal(
    (await stat(join(root, "app", "webhook"))).ino,
    (await stat(join(root, "app", "controller"))).ino,
  );
});
