import { createHash } from "node:crypto";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { goArchitecture } from "../tools/architecture.ts";
import { catalogue, type ProgramName, type Tool } from "../tools/catalogue.ts";
import { moduleSource } from "../tools/go.ts";
import { readRecipe } from "../tools/recipe.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { baseEntries } from "./base.ts";
import { images as allImages, type ImageDefinition, type ToolLayer } from "./catalogue.ts";
import { layerArchive, type LayerEntry } from "./layer.ts";
import { ImageLayout } from "./layout.ts";
import { mediaTypes, referenceAnnotation, type Descriptor, type ImageManifest } from "./manifest.ts";

/** What images are made of. */
export interface ImageSources {
  readonly toolbox: Pick<Toolbox, "program">;
  /** Absolute path of a busybox without shared libraries. */
  readonly busybox: string;
  /** The images to make; the default is the catalogue. */
  readonly images?: readonly ImageDefinition[];
  /** Finds the files of a tool's module; the default downloads it if need be. */
  readonly moduleSource?: (folder: string, module: string) => Promise<string>;
}

/** Which layer was made of which inputs, so that it need not be made again to learn its digest. */
const knownLayersSchema = z.record(z.string(), z.object({ digest: z.string(), size: z.number() }));

/**
 * Makes container images and keeps them in a folder that {@link imageRegistry} serves. Layers whose inputs have not
 * changed stay as they are; images that are not asked for any more disappear.
 */
export async function buildImages(folder: string, sources: ImageSources): Promise<void> {
  const layout = new ImageLayout(folder);
  const layers = new LayerStore(layout, join(folder, "layers.json"));
  await layers.load();
  const base = await layers.provide(await baseEntries(sources.busybox));
  const needed = new Set<string>();
  const manifests: Descriptor[] = [];
  for (const image of sources.images ?? allImages) {
    const layer = await layers.provide(await toolEntries(image.layer, sources));
    const config = await layout.addBlob(mediaTypes.config, JSON.stringify(imageConfig(image, [base, layer])));
    const manifest: ImageManifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config,
      layers: [base, layer],
    };
    const descriptor = await layout.addBlob(mediaTypes.manifest, JSON.stringify(manifest));
    manifests.push({ ...descriptor, annotations: { [referenceAnnotation]: image.reference } });
    [base, layer, config, descriptor].forEach(({ digest }) => needed.add(digest));
  }
  await layout.writeIndex({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }, needed);
  await layers.save(needed);
}

/** The configuration that a container runtime reads (OCI image specification, config.md). */
function imageConfig(image: ImageDefinition, layers: readonly Descriptor[]): object {
  return {
    architecture: goArchitecture(),
    os: "linux",
    config: {
      User: image.user,
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      Entrypoint: image.entrypoint,
      Cmd: image.arguments,
      WorkingDir: "/",
    },
    // Layers are not compressed, so the digests of blob and content are the same.
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
  };
}

/** The contents of a tool's layer. Its programs that are the same file are stored once, with several names. */
async function toolEntries(layer: ToolLayer, sources: ImageSources): Promise<LayerEntry[]> {
  const paths = new Map<number, string>();
  const entries: LayerEntry[] = [];
  for (const program of Object.keys(layer.programs) as ProgramName[]) {
    const path = layer.programs[program];
    if (path === undefined) {
      continue;
    }
    const file = sources.toolbox.program(program);
    const { ino } = await stat(file);
    const target = paths.get(ino);
    entries.push(target === undefined ? { path, kind: "program", file } : { path, kind: "link", target });
    paths.set(ino, target ?? path);
  }
  return [...entries, ...(await moduleEntries(layer, sources)), ...(layer.files ?? [])];
}

/** The files that a layer has from the Go module of its tool. */
async function moduleEntries(
  { tool, moduleFolders }: ToolLayer,
  sources: ImageSources,
): Promise<LayerEntry[]> {
  const { module }: Tool = catalogue[tool];
  if (moduleFolders === undefined || module === undefined) {
    return [];
  }
  const recipe = await readRecipe(tool, goArchitecture());
  const source = await (sources.moduleSource ?? moduleSource)(recipe.folder, module);
  const entries = Object.entries(moduleFolders).map(async ([folder, target]) => {
    const names = (await readdir(join(source, folder))).sort();
    return Promise.all(
      names.map(async (name): Promise<LayerEntry> => ({
        path: join(target, name),
        kind: "text",
        text: await readFile(join(source, folder, name), "utf8"),
      })),
    );
  });
  return (await Promise.all(entries)).flat();
}

/** Makes layers, and remembers the digests of those that it has made. */
class LayerStore {
  readonly #layout: ImageLayout;
  readonly #file: string;
  #known: z.infer<typeof knownLayersSchema> = {};

  constructor(layout: ImageLayout, file: string) {
    this.#layout = layout;
    this.#file = file;
  }

  /** Reads what is known from earlier runs; what can't be read is made anew. */
  async load(): Promise<void> {
    try {
      this.#known = knownLayersSchema.parse(JSON.parse(await readFile(this.#file, "utf8")));
    } catch {
      this.#known = {};
    }
  }

  async provide(entries: readonly LayerEntry[]): Promise<Descriptor> {
    const inputs = await inputsDigest(entries);
    const known = this.#known[inputs];
    if (known !== undefined && (await this.#layout.hasBlob(known))) {
      return { mediaType: mediaTypes.layer, ...known };
    }
    const layer = await this.#layout.addBlob(mediaTypes.layer, layerArchive(entries));
    this.#known[inputs] = { digest: layer.digest, size: layer.size };
    return layer;
  }

  /** Keeps what is known of the needed layers for later runs. */
  async save(needed: ReadonlySet<string>): Promise<void> {
    const kept = Object.entries(this.#known).filter(([, { digest }]) => needed.has(digest));
    await writeFile(this.#file, JSON.stringify(Object.fromEntries(kept)));
  }
}

/** Changes with everything that decides the bytes of a layer, without reading the programs. */
async function inputsDigest(entries: readonly LayerEntry[]): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(join(import.meta.dirname, "layer.ts")));
  for (const entry of entries) {
    hash.update(JSON.stringify(entry));
    if (entry.kind === "program") {
      const { size, mtimeMs } = await stat(entry.file);
      hash.update(JSON.stringify({ size, mtimeMs }));
    }
  }
  return hash.digest("hex");
}
