import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { ToolError } from "./error.ts";

/** Tells the free blocks of the file system that a folder lies on, and their size in bytes. */
export type FileSystemProbe = (
  folder: string,
) => Promise<{ readonly bavail: number; readonly bsize: number }>;

/**
 * Makes sure that every file system that one of the folders lies on has room for the whole need, as any of the folders may
 * be where most of it ends up.
 * @param folders Absolute paths; a folder that doesn't exist yet counts as its nearest existing parent.
 * @param needMiB What will be written, in MiB.
 * @param purpose What the space is for, as in "to build etcd".
 * @throws ToolError that names the folder which has too little room.
 */
export async function requireSpace(
  folders: readonly string[],
  needMiB: number,
  purpose: string,
  probe: FileSystemProbe = statfs,
): Promise<void> {
  for (const folder of folders) {
    const free = await freeMiB(folder, probe);
    if (free < needMiB) {
      throw new ToolError(
        `The file system of ${folder} has ${String(free)} MiB free; ${String(needMiB)} MiB are needed ${purpose}. ` +
          "Free some space there, or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE to a larger file system.",
      );
    }
  }
}

/** Free MiB of the file system that a folder lies on, or its nearest existing parent. */
export async function freeMiB(folder: string, probe: FileSystemProbe = statfs): Promise<number> {
  const { bavail, bsize } = await probe(await existing(folder));
  return Math.floor((bavail * bsize) / 2 ** 20);
}

async function existing(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch {
    return existing(dirname(folder));
  }
}
