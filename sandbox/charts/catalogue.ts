import { join } from "node:path";
import { catalogue, type ToolName } from "../tools/catalogue.ts";
import { assembleCertManager } from "./cert-manager.ts";

/** A chart that is made from the Go module of a tool. */
export interface ModuleChart {
  readonly name: string;
  readonly version: string;
  /** The tool whose recipe says which version of the module to take. */
  readonly tool: ToolName;
  /** Path of the Go module that has the chart's files. */
  readonly module: string;
  /** Fills the empty folder `target` with the chart, from the module's files in `source`. */
  readonly assemble: (source: string, target: string, version: string) => Promise<void>;
}

/** A chart that was written for the sandbox, because its publisher has it in no form that can be had offline. */
export interface OwnChart {
  readonly name: string;
  /** The one in its Chart.yaml. */
  readonly version: string;
  /** Absolute path of the folder with its files. */
  readonly folder: string;
}

/** A chart of the repository. */
export type ChartDefinition = ModuleChart | OwnChart;

/** Every chart that the repository serves. */
export const charts: readonly ChartDefinition[] = [
  {
    name: "cert-manager",
    version: `v${catalogue["cert-manager"].version}`,
    tool: "cert-manager",
    module: catalogue["cert-manager"].module,
    assemble: assembleCertManager,
  },
  { name: "vault", version: "0.32.0", folder: join(import.meta.dirname, "vault") },
];
