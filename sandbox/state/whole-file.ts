import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";

/** Replaces a file, which only its owner may read: it is the old one or the new one, whenever the machine stops. */
export function writeWhole(path: string, content: string): void {
  const draft = `${path}.new`;
  const file = openSync(draft, "w", 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
}

/** Reads a file; undefined if there is none, or nothing in it, as whoever was killed while writing in place leaves it. */
export async function readWhole(path: string): Promise<string | undefined> {
  try {
    const content = await readFile(path, "utf8");
    return content === "" ? undefined : content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Reads a file that is made once and stays the same from then on. */
export async function readOrMake(path: string, make: () => string): Promise<string> {
  const existing = await readWhole(path);
  if (existing !== undefined) {
    return existing;
  }
  const content = make();
  writeWhole(path, content);
  return content;
}
