import { join } from "node:path";
import { catalogue, type ToolName } from "../tools/catalogue.ts";
import { assembleCertManager } from "./cert-manager.ts";
import { copyFolder } from "./copy.ts";
import { assembleExternalSecrets } from "./external-secrets.ts";

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
  /** The tool that its pods run. */
  readonly tool: ToolName;
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
  { name: "vault", version: "0.32.0", tool: "vault", folder: join(import.meta.dirname, "vault") },
  {
    name: "vault-secrets-operator",
    version: catalogue["vault-secrets-operator"].version,
    tool: "vault-secrets-operator",
    module: catalogue["vault-secrets-operator"].module,
    assemble: (source, target) => copyFolder(join(source, "chart"), target),
  },
  {
    name: "external-secrets",
    version: catalogue["external-secrets"].version,
    tool: "external-secrets",
    module: catalogue["external-secrets"].module,
    assemble: assembleExternalSecrets,
  },
];

/** The charts whose pods run one of these tools. */
export function chartsOf(tools: readonly ToolName[]): readonly ChartDefinition[] {
  return charts.filter(({ tool }) => tools.includes(tool));
}
