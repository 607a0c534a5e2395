import { setMaxListeners } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { goArchitecture } from "./architecture.ts";
import { buildPrograms, prefetchModules } from "./build.ts";
import { defaultCacheFolder, ToolCache } from "./cache.ts";
import type { ToolName } from "./catalogue.ts";
import { downloadPrograms, Reachability } from "./download.ts";
import { openEntry, programsOf, sealEntry, type Manifest } from "./entry.ts";
import { ToolError } from "./error.ts";
import { readRecipe, type Recipe } from "./recipe.ts";
import { Toolbox, type AcquiredTool, type ToolSource } from "./toolbox.ts";
import { checkVersions } from "./version.ts";

/**
 * What is being done for a tool: looked up in the `cache`, `waiting` for another process that is making it, in the
 * `download`, `queued` behind other builds, in the `build`, or `done`.
 */
export type ToolPhase = "cache" | "waiting" | "download" | "queued" | "build" | "done";

/** Reported whenever a tool enters a phase. */
export interface ToolProgress {
  readonly tool: ToolName;
  readonly phase: ToolPhase;
  /** Since the start of the work on this tool. */
  readonly elapsedSeconds: number;
  /** The result; only with `done`. */
  readonly acquired?: AcquiredTool;
}

/** How tools are acquired. */
export interface AcquireOptions {
  /** Folder that keeps tools for all checkouts. Default: {@link defaultCacheFolder}. */
  readonly cacheFolder?: string;
  readonly onProgress?: (progress: ToolProgress) => void;
  /** Ends all work; nothing half-done stays behind. */
  readonly signal?: AbortSignal;
  /** Source of the recipes; the default is the catalogue. */
  readonly readRecipe?: (name: ToolName) => Promise<Recipe>;
}

/**
 * Provides tools, each from the first of: the cache, the official download, a build of its Go module.
 * @throws ToolError of the first tool that can't be had; work on the others ends with it.
 */
export async function acquireTools(
  names: readonly ToolName[],
  options: AcquireOptions = {},
): Promise<Toolbox> {
  const cache = new ToolCache(options.cacheFolder ?? defaultCacheFolder());
  await cache.removeAbandoned();
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  // Every tool listens to the signal at several places, which is more than Node takes for intended.
  setMaxListeners(0, signal);
  const acquisition = new Acquisition(cache, signal, options.onProgress ?? (() => undefined));
  const read = options.readRecipe ?? ((name) => readRecipe(name, goArchitecture()));
  const recipes = await Promise.all(names.map(read));
  const work = recipes.map((recipe) => acquisition.acquire(recipe));
  try {
    return new Toolbox(await Promise.all(work));
  } catch (error) {
    failure.abort();
    await Promise.allSettled(work);
    throw error;
  }
}

/** What there is of a tool after one step of its acquisition. */
interface Acquired {
  readonly source: ToolSource;
  readonly manifest: Manifest;
  readonly refusedDownload?: string;
}

/** One run of {@link acquireTools}. */
class Acquisition {
  readonly #cache: ToolCache;
  readonly #signal: AbortSignal;
  readonly #onProgress: (progress: ToolProgress) => void;
  readonly #reachability = new Reachability();
  /** Ends with the last build that was asked for: one build keeps all processors busy, so two at once gain nothing. */
  #builds: Promise<unknown> = Promise.resolve();
  /** Ends with the last download of modules that was asked for. */
  #prefetches: Promise<unknown> = Promise.resolve();

  constructor(cache: ToolCache, signal: AbortSignal, onProgress: (progress: ToolProgress) => void) {
    this.#cache = cache;
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  async acquire(recipe: Recipe): Promise<AcquiredTool> {
    const { name, tool } = recipe;
    const start = performance.now();
    const report = (phase: ToolPhase, acquired?: AcquiredTool): void => {
      this.#onProgress({ tool: name, phase, elapsedSeconds: (performance.now() - start) / 1000, acquired });
    };
    const entry = this.#cache.entry(name, recipe.key);

    report("cache");
    const result =
      (await this.#fromCache(recipe, entry)) ??
      (await this.#cache.withLock(
        entry,
        async () =>
          // Whoever had the lock before may just have made it.
          (await this.#fromCache(recipe, entry)) ?? (await this.#make(recipe, entry, report)),
        () => {
          report("waiting");
        },
        this.#signal,
      ));

    const acquired: AcquiredTool = {
      tool: name,
      version: tool.version,
      source: result.source,
      origin: result.manifest.origin,
      folder: programsOf(entry),
      programs: Object.keys(result.manifest.programs),
      refusedDownload: result.refusedDownload,
      seconds: (performance.now() - start) / 1000,
    };
    report("done", acquired);
    return acquired;
  }

  /** Takes a tool from the cache if it is there, intact, and runs on this machine. */
  async #fromCache(recipe: Recipe, entry: string): Promise<Acquired | undefined> {
    const manifest = await openEntry(entry);
    if (manifest === undefined) {
      return undefined;
    }
    try {
      await checkVersions(recipe, programsOf(entry), recipe.tool.checks.slice(0, 1));
    } catch {
      return undefined;
    }
    return { source: "cache", manifest };
  }

  async #make(recipe: Recipe, entry: string, report: (phase: ToolPhase) => void): Promise<Acquired> {
    const { download } = recipe.tool;
    let refusedDownload: string | undefined;
    if (download !== undefined && (await this.#reachability.reaches(download.url))) {
      report("download");
      try {
        const manifest = await this.#publish(recipe, entry, "download", (programs, work) =>
          downloadPrograms(recipe, download, work, programs, this.#signal),
        );
        return { source: "download", manifest };
      } catch (error) {
        this.#signal.throwIfAborted();
        refusedDownload = error instanceof Error ? error.message : String(error);
      }
    }

    report("queued");
    this.#prefetches = this.#prefetches.then(() => prefetchModules(recipe, this.#signal));
    const build = this.#builds.then(async () => {
      this.#signal.throwIfAborted();
      report("build");
      const log = await this.#cache.log(recipe.name);
      return this.#publish(recipe, entry, "build", (programs) =>
        buildPrograms(recipe, { programs, log, cache: this.#cache.root }, this.#signal),
      );
    });
    this.#builds = build.catch(() => undefined);
    return { source: "build", manifest: await build, refusedDownload };
  }

  /** Lets a tool's programs be made in a temporary folder, checks them, and publishes the folder as the cache entry. */
  async #publish(
    recipe: Recipe,
    entry: string,
    origin: Manifest["origin"],
    make: (programs: string, work: string) => Promise<void>,
  ): Promise<Manifest> {
    const [folder, work] = [await this.#cache.temporaryFolder(), await this.#cache.temporaryFolder()];
    try {
      const programs = programsOf(folder);
      await mkdir(programs);
      await make(programs, work);
      await checkVersions(recipe, programs, recipe.tool.checks).catch((error: unknown) => {
        throw new ToolError(
          `The ${origin} of ${recipe.name} ${recipe.tool.version} gave something else: ${String(error)}`,
        );
      });
      const manifest = await sealEntry(folder, origin);
      await this.#cache.publish(folder, entry);
      return manifest;
    } finally {
      await rm(work, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    }
  }
}
