import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/**
 * Copies the files of a folder, at all depths.
 * @param source Absolute path; may be in Go's module cache.
 * @param target Absolute path of the folder that gets them.
 * @param isWanted Says by a file's path in `source` whether it is copied; by default all are.
 */
export async function copyFolder(
  source: string,
  target: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<void> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(source, join(parentPath, name)));
  for (const file of files.filter(isWanted)) {
    const copy = join(target, file);
    await mkdir(dirname(copy), { recursive: true });
    // Copied by content: a file of the module cache is read-only, and so would be its copy.
    await writeFile(copy, await readFile(join(source, file)));
  }
}
