import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";

const manifestFile = "manifest.json";
const programsFolder = "bin";

const manifestSchema = z.object({
  /** Where the programs came from when the entry was made. */
  origin: z.enum(["download", "build"]),
  /** SHA-256 of every program, by name. */
  programs: z.record(z.string(), z.string()),
});

/** What a cache entry says of itself. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Folder of the programs in the folder of a cache entry. */
export function programsOf(entry: string): string {
  return join(entry, programsFolder);
}

/** Writes down what is in the folder of an entry; the programs must be in place. */
export async function sealEntry(entry: string, origin: Manifest["origin"]): Promise<Manifest> {
  const manifest: Manifest = { origin, programs: await digests(programsOf(entry)) };
  await writeFile(join(entry, manifestFile), JSON.stringify(manifest, undefined, 2));
  return manifest;
}

/**
 * Reads an entry and compares its programs with what was written down.
 * @returns The manifest; undefined if there is no entry or if anything in it differs.
 */
export async function openEntry(entry: string): Promise<Manifest | undefined> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(entry, manifestFile), "utf8")));
    const found = await digests(programsOf(entry));
    const names = Object.keys(manifest.programs);
    const intact =
      names.length === Object.keys(found).length &&
      names.every((name) => found[name] === manifest.programs[name]);
    return intact ? manifest : undefined;
  } catch {
    // Whatever can't be read is made anew.
    return undefined;
  }
}

/** Digests of a folder's files by name; a file with several names is read once. */
async function digests(folder: string): Promise<Record<string, string>> {
  const byInode = new Map<number, Promise<string>>();
  const names = (await readdir(folder)).sort();
  const entries = names.map(async (name): Promise<[string, string]> => {
    const path = join(folder, name);
    const { ino } = await stat(path);
    const digest = byInode.get(ino) ?? sha256(path);
    byInode.set(ino, digest);
    return [name, await digest];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}
