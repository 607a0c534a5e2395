import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { indexSchema, manifestSchema, mediaTypes, type Descriptor, type ImageIndex } from "./manifest.ts";

const indexFile = "index.json";

/**
 * A folder in the form of an OCI image layout: blobs under the names of their digests, and an index of images. Any tool
 * that knows image layouts can read it.
 */
export class ImageLayout {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Absolute path of a blob, whether it exists or not. */
  blobPath(digest: string): string {
    return join(this.#blobs, digest.replace("sha256:", ""));
  }

  /** Whether the blob is there in its full size. */
  async hasBlob({ digest, size }: Pick<Descriptor, "digest" | "size">): Promise<boolean> {
    const found = await stat(this.blobPath(digest)).catch(() => undefined);
    return found?.size === size;
  }

  /** Adds a blob; one that is there already stays as it is. */
  async addBlob(mediaType: string, content: string | AsyncIterable<Uint8Array>): Promise<Descriptor> {
    await mkdir(this.#blobs, { recursive: true });
    const folder = await mkdtemp(join(this.#root, "incoming-"));
    try {
      const file = join(folder, "blob");
      const hash = createHash("sha256");
      let size = 0;
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          size += chunk.length;
          done(null, chunk);
        },
      });
      await pipeline(typeof content === "string" ? [content] : content, measure, createWriteStream(file));
      const digest = `sha256:${hash.digest("hex")}`;
      await rename(file, this.blobPath(digest));
      return { mediaType, digest, size };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The images; an empty index if nothing was written yet. */
  async readIndex(): Promise<ImageIndex> {
    const content = await readFile(join(this.#root, indexFile), "utf8").catch(() => undefined);
    if (content === undefined) {
      return { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
    }
    return indexSchema.parse(JSON.parse(content));
  }

  /** Reads which blobs an image consists of besides its manifest. */
  async readManifestBlobs(manifest: Descriptor): Promise<Descriptor[]> {
    const content = await readFile(this.blobPath(manifest.digest), "utf8");
    const { config, layers } = manifestSchema.parse(JSON.parse(content));
    return [config, ...layers];
  }

  /**
   * Replaces the index at once and removes whatever is not needed any more.
   * @param needed Digests of all blobs that the index's images consist of.
   */
  async writeIndex(index: ImageIndex, needed: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#blobs, { recursive: true });
    await writeFile(join(this.#root, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    const draft = join(this.#root, `${indexFile}.new`);
    await writeFile(draft, JSON.stringify(index));
    await rename(draft, join(this.#root, indexFile));
    for (const name of await readdir(this.#blobs)) {
      if (!needed.has(`sha256:${name}`)) {
        await rm(join(this.#blobs, name));
      }
    }
    for (const name of await readdir(this.#root)) {
      if (name.startsWith("incoming-")) {
        await rm(join(this.#root, name), { recursive: true });
      }
    }
  }

  get #blobs(): string {
    return join(this.#root, "blobs", "sha256");
  }
}
