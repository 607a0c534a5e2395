import { rm, writeFile } from "node:fs/promises";

import { actionNeeded, reasonOf } from "./failure.ts";

/** A file of the user's own that exists before its content does, so that the content is not lost for want of a place. */
export class NewFile {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes an empty file (mode 0600).
   * @param purpose What it is for, as the failure names it.
   * @throws Failure if it exists, as nothing is overwritten, or can't be made.
   */
  static async reserve(path: string, purpose: string): Promise<NewFile> {
    try {
      await writeFile(path, "", { mode: 0o600, flag: "wx" });
    } catch (error) {
      throw actionNeeded(
        error instanceof Error && "code" in error && error.code === "EEXIST"
          ? `${path} exists, and is not overwritten. Name a new file for ${purpose}. Nothing was begun.`
          : `no file can be made for ${purpose} (${reasonOf(error)}). Name one in a folder that exists and that you may write to. Nothing was begun.`,
      );
    }
    return new NewFile(path);
  }

  /** Fills the file. @throws Error if it is gone or can't be written, such as on a full disk. */
  async write(content: string): Promise<void> {
    // It is not made anew where somebody took it away: its mode would be another.
    await writeFile(this.path, content, { flag: "r+" });
  }

  /** Takes the file away; one that is gone is fine. */
  async discard(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

/** Does what needs a new file, and takes it away if that fails. Without a path there is no file. */
export async function whileReserved<T>(
  path: string | undefined,
  purpose: string,
  work: (file: NewFile | undefined) => Promise<T>,
): Promise<T> {
  const file = path === undefined ? undefined : await NewFile.reserve(path, purpose);
  try {
    return await work(file);
  } catch (error) {
    await file?.discard();
    throw error;
  }
}
