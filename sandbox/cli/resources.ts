import { freeMiB, type FileSystemProbe } from "../tools/disk.ts";

const neededMiB = 3 * 1024;
const comfortableMiB = 4 * 1024;

/**
 * Makes sure that a state folder has room for images, clusters and logs.
 * @throws Error that names the folder, its room and the remedy.
 */
export async function requireRoom(folder: string, probe?: FileSystemProbe): Promise<void> {
  const free = await freeMiB(folder, probe);
  if (free < neededMiB) {
    throw new Error(
      `the file system of ${folder} has ${free} MiB free, and a sandbox needs ${neededMiB} MiB. ` +
        "Free some space there, or choose a folder on another file system with SANDBOX_STATE.",
    );
  }
}

/**
 * Tells if local clusters may get too little memory: they start all the same, but the kernel may end some of it.
 * @param available Bytes that can be had; this machine's, or this container's, by default.
 */
export function memoryWarning(available: number = process.availableMemory()): string | undefined {
  const mebibytes = Math.floor(available / 2 ** 20);
  return mebibytes < comfortableMiB
    ? `warning: ${mebibytes} MiB of memory are available; local clusters want ${comfortableMiB} MiB, and may not all come up`
    : undefined;
}
