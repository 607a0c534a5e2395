import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack, type Header, type Pack } from "tar-stream";

/** User and group that something in a layer belongs to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Something in a layer; paths are absolute. The owner is root where none is given. */
export type LayerEntry =
  | { readonly path: string; readonly kind: "folder"; readonly mode: number; readonly owner?: Owner }
  | { readonly path: string; readonly kind: "text"; readonly text: string }
  | { readonly path: string; readonly kind: "program"; readonly file: string }
  /** A further name of a program of the same layer. */
  | { readonly path: string; readonly kind: "link"; readonly target: string }
  | { readonly path: string; readonly kind: "symlink"; readonly target: string };

/**
 * Writes a layer as an uncompressed tar: nodes are on the same machine, so compression would only cost time. The same
 * entries and contents give the same bytes: everything dates from 1970.
 */
export function layerArchive(entries: readonly LayerEntry[]): AsyncIterable<Uint8Array> {
  const archive = pack();
  const write = async (): Promise<void> => {
    for (const entry of [...parentFolders(entries), ...entries]) {
      await add(archive, entry);
    }
    archive.finalize();
  };
  write().catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  // Its types leave open what the stream consists of.
  return archive as AsyncIterable<Uint8Array>;
}

/** The folders that lead to the entries and are not among them, outer ones first. */
function parentFolders(entries: readonly LayerEntry[]): LayerEntry[] {
  const own = new Set(entries.map(({ path }) => path));
  const parents = new Set<string>();
  for (const { path } of entries) {
    for (let folder = posix.dirname(path); folder !== "/"; folder = posix.dirname(folder)) {
      parents.add(folder);
    }
  }
  return [...parents]
    .filter((folder) => !own.has(folder))
    .sort()
    .map((path) => ({ path, kind: "folder", mode: 0o755 }));
}

async function add(archive: Pack, entry: LayerEntry): Promise<void> {
  const header = { name: entry.path.slice(1), mtime: new Date(0), uid: 0, gid: 0 };
  switch (entry.kind) {
    case "folder":
      return addWhole(archive, {
        ...header,
        ...entry.owner,
        name: `${header.name}/`,
        type: "directory",
        mode: entry.mode,
      });
    case "link":
      return addWhole(archive, { ...header, type: "link", linkname: entry.target.slice(1), mode: 0o755 });
    case "symlink":
      return addWhole(archive, { ...header, type: "symlink", linkname: entry.target, mode: 0o777 });
    case "text":
      return addWhole(archive, { ...header, mode: 0o644 }, entry.text);
    case "program": {
      const { size } = await stat(entry.file);
      await pipeline(createReadStream(entry.file), archive.entry({ ...header, mode: 0o755, size }));
    }
  }
}

/** Adds an entry that is complete with its header or a short text. */
function addWhole(
  archive: Pack,
  header: Partial<Header> & Pick<Header, "name">,
  text?: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null): void => {
      if (error === null || error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    };
    if (text === undefined) {
      archive.entry(header, settle);
    } else {
      archive.entry(header, text, settle);
    }
  });
}
