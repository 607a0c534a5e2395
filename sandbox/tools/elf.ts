import { open } from "node:fs/promises";

/** Type of the program header that names a dynamic linker (elf(5), PT_INTERP). */
const interpreterType = 3;
const fileHeaderBytes = 64;

/**
 * Whether a program runs without shared libraries, so that it works in a container image that has none.
 * @param path Absolute path of a program for a 64-bit little-endian machine; anything else is not static.
 */
export async function isStatic(path: string): Promise<boolean> {
  await using file = await open(path);
  const header = Buffer.alloc(fileHeaderBytes);
  await file.read(header, 0, fileHeaderBytes, 0);
  const isElf64 =
    header.subarray(0, 4).equals(Buffer.from("\x7fELF", "latin1")) && header[4] === 2 && header[5] === 1;
  if (!isElf64) {
    return false;
  }
  const [offset, size, count] = [
    Number(header.readBigUInt64LE(32)),
    header.readUInt16LE(54),
    header.readUInt16LE(56),
  ];
  const table = Buffer.alloc(size * count);
  await file.read(table, 0, table.length, offset);
  const types = Array.from({ length: count }, (_, index) => table.readUInt32LE(index * size));
  return !types.includes(interpreterType);
}
