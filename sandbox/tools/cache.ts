import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isRunning, processIdentity, type ProcessIdentity } from "./process.ts";
import { ProcessLock } from "./process-lock.ts";

const lockPollMilliseconds = 250;

/** The folder that all checkouts of a user share: `$XDG_CACHE_HOME/vault-federation`, by default in `~/.cache`. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "vault-federation");
}

/**
 * The folder of tools in the cache. An entry appears under its name whole or not at all: it is put together in a
 * temporary folder and then renamed, so neither a kill nor two processes at once can leave a broken one.
 */
export class ToolCache {
  /** Absolute path of the folder of tools. */
  readonly root: string;
  readonly #self: ProcessIdentity;

  constructor(cacheFolder: string) {
    this.root = join(cacheFolder, "tools");
    const self = processIdentity(process.pid);
    if (self === undefined) {
      throw new Error(
        "/proc has no entry for this process: tools are kept on Linux only, with /proc mounted.",
      );
    }
    this.#self = self;
  }

  /** Absolute path of an entry, whether it exists or not. */
  entry(tool: string, key: string): string {
    return join(this.root, tool, key);
  }

  /** Absolute path of the file that gets a build's output. */
  async log(tool: string): Promise<string> {
    const folder = join(this.root, "logs");
    await mkdir(folder, { recursive: true });
    return join(folder, `${tool}.log`);
  }

  /** Makes an empty folder that only this process uses and that is renamed or removed in the end. */
  async temporaryFolder(): Promise<string> {
    await mkdir(this.#temporary, { recursive: true });
    return mkdtemp(join(this.#temporary, `${String(this.#self.pid)}-${this.#self.startTime}-`));
  }

  /** Gives a finished temporary folder its name; whatever had that name before is removed. */
  async publish(temporary: string, entry: string): Promise<void> {
    await mkdir(dirname(entry), { recursive: true });
    const trash = await this.temporaryFolder();
    await rename(entry, join(trash, "old")).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) {
        throw error;
      }
    });
    await rename(temporary, entry).catch((error: unknown) => {
      // Another process has published its own just now, which is as good.
      if (!hasCode(error, "ENOTEMPTY", "EEXIST")) {
        throw error;
      }
    });
    await rm(trash, { recursive: true, force: true });
  }

  /** Removes what processes that are gone have left half-done. */
  async removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#temporary).catch(() => [])) {
      const [pid = "", startTime = ""] = name.split("-");
      if (!isRunning({ pid: Number(pid), startTime })) {
        // A compiler that has outlived its parent may still be writing there; then it goes the next time.
        await rm(join(this.#temporary, name), { recursive: true, force: true }).catch(() => undefined);
      }
    }
  }

  /**
   * Lets one process at a time make an entry, which spares the second one the work.
   * @param onWait Called once if another process is at it.
   * @param signal Ends the waiting.
   */
  async withLock<Result>(
    entry: string,
    work: () => Promise<Result>,
    onWait: () => void,
    signal: AbortSignal,
  ): Promise<Result> {
    await mkdir(this.#temporary, { recursive: true });
    const name = `${basename(dirname(entry))}-${basename(entry)}`;
    const lock = new ProcessLock(join(this.root, `${name}.lock`));
    let waiting = false;
    while ((await lock.take()) !== undefined) {
      if (!waiting) {
        waiting = true;
        onWait();
      }
      await setTimeout(lockPollMilliseconds, undefined, { signal });
    }
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  get #temporary(): string {
    return join(this.root, "tmp");
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}
