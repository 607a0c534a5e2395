import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import type { StateFolder } from "./folder.ts";

const text = `This folder is the state of a vault-federation sandbox: \`make sandbox-down\` removes all that is in it.
`;

/**
 * Makes the folder, if need be, and marks it as a sandbox's. Nothing may be written there before.
 * @throws Error with the remedy if somebody else's files are there, as {@link isForeign} says.
 */
export async function markFolder(folder: StateFolder): Promise<void> {
  await refuseForeign(folder);
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  await writeFile(folder.marker, text, { mode: 0o600 });
}

/**
 * Makes sure that a sandbox can have the folder; changes nothing.
 * @throws Error with the remedy if somebody else's files are there, as {@link isForeign} says.
 */
export async function refuseForeign(folder: StateFolder): Promise<void> {
  if (await isForeign(folder)) {
    throw new Error(
      `${folder.root} is not empty and is no sandbox's; name a new folder with SANDBOX_STATE or --state, ` +
        `such as ${join(folder.root, "sandbox")}, or empty that one`,
    );
  }
}

/** Whether there are files in the folder, but no sandbox's marker: then none of them may be changed or removed. */
export async function isForeign(folder: StateFolder): Promise<boolean> {
  const entries = await readdir(folder.root).catch((error: unknown): string[] => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return [];
    }
    throw error;
  });
  return entries.length > 0 && !entries.includes(basename(folder.marker));
}

/** Removes a marked folder with all that is in it; the marker goes last, so that a removal that was killed can be repeated. */
export async function removeMarked(folder: StateFolder): Promise<void> {
  for (const entry of await readdir(folder.root)) {
    if (entry !== basename(folder.marker)) {
      await rm(join(folder.root, entry), { recursive: true, force: true });
    }
  }
  await rm(folder.root, { recursive: true, force: true });
}
