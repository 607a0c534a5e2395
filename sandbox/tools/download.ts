import { createWriteStream } from "node:fs";
import { chmod, mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openPromise as openZip } from "yauzl";
import { fillTemplate, type OfficialDownload } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { sha256 } from "./entry.ts";
import { templateValues, type Recipe } from "./recipe.ts";

const probeMilliseconds = 3000;

/**
 * Which publishers this machine reaches. Each is asked once and has three seconds to answer, so that a machine without
 * internet doesn't wait for every tool anew.
 */
export class Reachability {
  readonly #answers = new Map<string, Promise<boolean>>();

  /** Whether the host of an address answers at all, with whatever status. */
  reaches(url: string): Promise<boolean> {
    const { origin } = new URL(url);
    const answer = this.#answers.get(origin) ?? probe(origin);
    this.#answers.set(origin, answer);
    return answer;
  }
}

async function probe(origin: string): Promise<boolean> {
  try {
    const response = await fetch(origin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(probeMilliseconds),
    });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}

/** A file to download and where its checksum is. */
export interface DownloadSource {
  /** Name of the program, or of the archive. */
  readonly file: string;
  readonly url: string;
  readonly checksums: string;
}

/** The files that make up the official download of a tool. */
export function downloadSources(recipe: Recipe, download: OfficialDownload): DownloadSource[] {
  const values = publisherValues(recipe, download);
  if (!download.url.includes("{program}")) {
    const url = fillTemplate(download.url, values);
    return [
      { file: url.slice(url.lastIndexOf("/") + 1), url, checksums: fillTemplate(download.checksums, values) },
    ];
  }
  return recipe.tool.programs.map((program) => ({
    file: program,
    url: fillTemplate(download.url, { ...values, program }),
    checksums: fillTemplate(download.checksums, { ...values, program }),
  }));
}

/**
 * Downloads a tool's programs.
 * @param work Empty folder for what is only needed meanwhile.
 * @param programs Existing folder that gets the programs.
 * @throws Error that says what was wrong: status, checksum, a program that is not in the archive.
 */
export async function downloadPrograms(
  recipe: Recipe,
  download: OfficialDownload,
  work: string,
  programs: string,
  signal: AbortSignal,
): Promise<void> {
  for (const source of downloadSources(recipe, download)) {
    await downloadFile(source, join(work, source.file), signal);
    if (download.url.includes("{program}")) {
      await rename(join(work, source.file), join(programs, source.file));
    } else {
      const folder = fillTemplate(download.folder, publisherValues(recipe, download));
      await unpack(join(work, source.file), join(work, "unpacked"), signal);
      await keepPrograms(recipe, download, join(work, "unpacked", folder), programs);
    }
  }
  for (const program of await readdir(programs)) {
    await chmod(join(programs, program), 0o755);
  }
}

function publisherValues(recipe: Recipe, download: OfficialDownload): Record<string, string> {
  const architecture = download.architectures?.[recipe.architecture] ?? recipe.architecture;
  return { ...templateValues(recipe.tool), architecture };
}

/** Downloads one file and compares its checksum with the published one. */
async function downloadFile(source: DownloadSource, path: string, signal: AbortSignal): Promise<void> {
  const published = publishedDigest(await (await get(source.checksums, signal)).text(), source.file);
  if (published === undefined) {
    throw new Error(`${source.checksums} has no SHA-256 for ${source.file}`);
  }
  const { body } = await get(source.url, signal);
  await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body), createWriteStream(path), {
    signal,
  });
  const actual = await sha256(path);
  if (actual !== published) {
    throw new Error(`${source.url} has the SHA-256 ${actual}, and ${source.checksums} says ${published}`);
  }
}

/**
 * Finds the digest of a file in a published list.
 * @param list Lines of digest and file name, or nothing but the digest.
 */
export function publishedDigest(list: string, file: string): string | undefined {
  const lines = list.trim().split("\n");
  const fields = lines.map((line) => line.trim().split(/\s+\*?(?:\.\/)?/));
  const line =
    fields.length === 1 && fields[0]?.length === 1 ? fields[0] : fields.find(([, name]) => name === file);
  const digest = line?.[0]?.toLowerCase();
  return digest !== undefined && /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${String(response.status)} ${response.statusText}`);
  }
  return response;
}

async function unpack(archive: string, folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder);
  if (archive.endsWith(".zip")) {
    await unzip(archive, folder, signal);
    return;
  }
  const unpackArguments = ["--extract", "--gzip", "--no-same-owner", "--file", archive, "-C", folder];
  const result = await runCommand("tar", unpackArguments, { signal });
  if (result.code !== 0) {
    throw new Error(`tar could not unpack ${archive}: ${result.stderr.trim()}`);
  }
}

/** Not every machine has a program for this. The library refuses names that lead out of the folder. */
async function unzip(archive: string, folder: string, signal: AbortSignal): Promise<void> {
  const zip = await openZip(archive);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith("/")) {
      continue;
    }
    const path = join(folder, entry.fileName);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path), { signal });
  }
}

async function keepPrograms(
  recipe: Recipe,
  download: OfficialDownload,
  unpacked: string,
  programs: string,
): Promise<void> {
  const found = new Set(await readdir(unpacked).catch(() => []));
  const missing = recipe.tool.programs.filter((program) => !found.has(program));
  if (missing.length > 0) {
    throw new Error(`The archive has no ${missing.join(", ")} in its folder ${download.folder}`);
  }
  for (const name of [...recipe.tool.programs, ...(download.extras ?? [])]) {
    if (found.has(name)) {
      await rename(join(unpacked, name), join(programs, name));
    }
  }
}
