import { join } from "node:path";
import type { ProgramName, ToolName } from "./catalogue.ts";

/** Where a tool was taken from in this run. */
export type ToolSource = "cache" | "download" | "build";

/** How a tool was acquired. */
export interface AcquiredTool {
  readonly tool: ToolName;
  readonly version: string;
  readonly source: ToolSource;
  /** Where the programs come from originally; differs from `source` for what was in the cache. */
  readonly origin: "download" | "build";
  /** Absolute path of the folder of its programs. Nothing may be written there: other sandboxes use it too. */
  readonly folder: string;
  readonly programs: readonly string[];
  /** Why the official download was not used although the publisher answered. */
  readonly refusedDownload?: string;
  /** From the start of the work on this tool to its end. */
  readonly seconds: number;
}

/** Finds the programs of acquired tools. */
export class Toolbox {
  /** How each tool was acquired, in the order of the request. */
  readonly summary: readonly AcquiredTool[];

  constructor(summary: readonly AcquiredTool[]) {
    this.summary = summary;
  }

  /**
   * Absolute path of a program.
   * @throws Error if its tool is not among the acquired ones.
   */
  program(name: ProgramName): string {
    const path = this.find(name);
    if (path === undefined) {
      throw new Error(
        `${name} belongs to none of the acquired tools: ${this.summary.map(({ tool }) => tool).join(", ")}`,
      );
    }
    return path;
  }

  /** Absolute path of a program that only some sources of a tool provide; undefined if this one doesn't. */
  find(name: string): string | undefined {
    const owner = this.summary.find(({ programs }) => programs.includes(name));
    return owner === undefined ? undefined : join(owner.folder, name);
  }

  /**
   * Absolute path of the folder with a tool's programs.
   * @throws Error if the tool is not among the acquired ones.
   */
  bin(tool: ToolName): string {
    return this.acquired(tool).folder;
  }

  /**
   * How a tool was acquired.
   * @throws Error if the tool is not among the acquired ones.
   */
  acquired(tool: ToolName): AcquiredTool {
    const acquired = this.summary.find((entry) => entry.tool === tool);
    if (acquired === undefined) {
      throw new Error(`${tool} was not acquired; ask acquireTools for it`);
    }
    return acquired;
  }
}
