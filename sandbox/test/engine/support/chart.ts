import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { toolUnderTest } from "./api-server.ts";

const run = promisify(execFile);

/** The chart of `test/programs/chart`, packed. */
export class PackedChart {
  /** Path of the archive. */
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string, path: string) {
    this.#folder = folder;
    this.path = path;
  }

  /** Packs the chart as a version. */
  static async pack(version: string): Promise<PackedChart> {
    const folder = await mkdtemp(join(tmpdir(), "chart-"));
    const source = join(import.meta.dirname, "../../programs/chart");
    await run(toolUnderTest("helm"), ["package", source, "--version", version, "--destination", folder]);
    return new PackedChart(folder, join(folder, `tested-${version}.tgz`));
  }

  /** Removes the archive. */
  async dispose(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
