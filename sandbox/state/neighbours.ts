import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { defaultCacheFolder } from "../tools/cache.ts";
import { ProcessLock } from "../tools/process-lock.ts";
import { StateFolder } from "./folder.ts";
import { JsonFile } from "./json-file.ts";

const pollMilliseconds = 50;

/**
 * The sandboxes of this machine, whether they run or not: those that a reboot has stopped have no routes that would tell
 * which addresses they will want again. One that is taken down, or whose state folder is gone, is forgotten.
 */
export class Neighbours {
  readonly #file: string;

  /** Takes the path of a file that all checkouts share; it and its folder are made when they are needed. */
  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Counts a sandbox among them and runs something, such as a choice that must differ from theirs, while no other process
   * does the same.
   * @param work Gets the state folders of the others.
   */
  async meet<T>(folder: StateFolder, work: (others: readonly StateFolder[]) => Promise<T>): Promise<T> {
    await mkdir(dirname(this.#file), { recursive: true });
    const lock = new ProcessLock(`${this.#file}.lock`);
    while ((await lock.take()) !== undefined) {
      await setTimeout(pollMilliseconds);
    }
    try {
      const record = new JsonFile<readonly string[]>(this.#file);
      const others = (record.read() ?? [])
        .filter((root) => root !== folder.root)
        .map((root) => new StateFolder(root))
        .filter(({ identity }) => existsSync(identity));
      record.write([...others.map(({ root }) => root), folder.root]);
      return await work(others);
    } finally {
      await lock.release();
    }
  }
}

/** Those of whoever runs this: their list lies beside the tools, in `sandboxes.json`. */
export function machineNeighbours(): Neighbours {
  return new Neighbours(join(defaultCacheFolder(), "sandboxes.json"));
}
