import { freeMiB, type FileSystemProbe } from "../tools/disk.ts";

/** What a sandbox will still write, in MiB. Measured: every node unpacks the images that run on it. */
const neededMiB = {
  /** Local clusters with a Vault in each region. */
  vault: 10 * 1024,
  /** Local clusters without, or none. */
  plain: 3 * 1024,
  /** A sandbox whose clusters are there. */
  present: 1024,
} as const;

/** Measured: 4.7 GiB for two regions with Vaults and operators, and what `pulumi up` takes on top. */
const comfortableMiB = 6 * 1024;

/**
 * Makes sure that a state folder has room for images, clusters and logs.
 * @param kind What is still to be made.
 * @throws Error that names the folder, its room and the remedy.
 */
export async function requireRoom(
  folder: string,
  kind: keyof typeof neededMiB,
  probe?: FileSystemProbe,
): Promise<void> {
  const free = await freeMiB(folder, probe);
  if (free < neededMiB[kind]) {
    throw new Error(
      `the file system of ${folder} has ${free} MiB free, and a sandbox needs ${neededMiB[kind]} MiB. ` +
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
