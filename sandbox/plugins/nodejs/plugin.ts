import { execPath } from "node:process";
import type { RunPluginRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { Children, End } from "./children.ts";
import { environmentWithNode, sdkEntry } from "./modules.ts";
import { runtimeOptions } from "./options.ts";

/**
 * Runs a plugin that is a Node program (a folder with PulumiPlugin.yaml, or a policy pack) until it ends.
 * @param output Gets its output as it comes; the first line on stdout is its port.
 * @param withdrawn Ends the plugin when aborted.
 */
export async function runPlugin(
  request: RunPluginRequest,
  children: Children,
  output: (stream: "stdout" | "stderr", data: Buffer) => void,
  withdrawn: AbortSignal,
): Promise<End> {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  // The SDK's runner of policy packs wants the engine's address before the program, the other one after it.
  const rest =
    request.getKind() === "analyzer"
      ? [sdkEntry(directory, "run-policy-pack"), ...request.getArgsList(), directory]
      : [sdkEntry(directory, "run-plugin"), directory, ...request.getArgsList()];
  const environment =
    request.getEnvList().length === 0 ? process.env : parseEnvironment(request.getEnvList());
  const { process: plugin, end } = children.start(
    execPath,
    [...runtimeOptions(info).nodeArguments, ...rest],
    {
      cwd: request.getPwd(),
      env: environmentWithNode(environment),
      stdio: ["ignore", "pipe", "pipe"],
      signal: withdrawn,
    },
  );
  for (const stream of ["stdout", "stderr"] as const) {
    plugin[stream]?.on("data", (data: Buffer) => {
      output(stream, data);
    });
  }
  return end;
}

function parseEnvironment(lines: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}
