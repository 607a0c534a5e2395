import { ToolError } from "./error.ts";

/** Processor architecture in Go's terms. */
export type Architecture = "amd64" | "arm64";

/**
 * Translates Node's name of a processor architecture into Go's.
 * @throws ToolError for an architecture that the tools are not made for.
 */
export function goArchitecture(nodeArchitecture: string = process.arch): Architecture {
  switch (nodeArchitecture) {
    case "x64":
      return "amd64";
    case "arm64":
      return "arm64";
    default:
      throw new ToolError(
        `This machine's architecture is ${nodeArchitecture}; local clusters run on x64 and arm64 only. ` +
          "Use such a machine, or give the kubeconfigs of two existing clusters instead.",
      );
  }
}
