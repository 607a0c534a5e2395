import { fromStruct } from "../frame/marshalling.ts";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb.js";

/** The runtime options of a Pulumi.yaml with `runtime: nodejs`. */
export interface RuntimeOptions {
  /** Whether Pulumi's SDK loads TypeScript by ts-node; if not, Node itself does. Defaults to true. */
  readonly typescript: boolean;
  /** Path of the tsconfig.json for ts-node; `undefined` for the project's. */
  readonly tsconfig: string | undefined;
  /** Arguments for Node itself, before the program. */
  readonly nodeArguments: readonly string[];
  /** `auto`, `npm`, or one that this host doesn't know. Defaults to `auto`. */
  readonly packageManager: string;
  /** Whether development dependencies are left out on installation. Defaults to false. */
  readonly production: boolean;
}

/** A word of a command line: pieces in quotes or without, up to the next space. */
const WORD = /(?:"[^"]*"|'[^']*'|[^\s"'])+/g;

/** Reads a program's runtime options. */
export function runtimeOptions(info: ProgramInfo | undefined): RuntimeOptions {
  const { typescript, tsconfig, nodeargs, packagemanager, production } = fromStruct(info?.getOptions());
  return {
    typescript: typescript !== false,
    tsconfig: typeof tsconfig === "string" ? tsconfig : undefined,
    nodeArguments: typeof nodeargs === "string" ? words(nodeargs) : [],
    packageManager: typeof packagemanager === "string" ? packagemanager : "auto",
    production: production === true,
  };
}

function words(line: string): string[] {
  return [...line.matchAll(WORD)].map(([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}
