import { requireHostPrograms, type HostProgramOptions, type HostPrograms } from "./host-programs.ts";
import { requireKernel, requireSystem } from "./machine.ts";

/**
 * Makes sure that local clusters can run on this machine, and installs the packages that they need.
 * @returns The machine's programs.
 * @throws ToolError that names what is missing and the remedy.
 */
export async function prepareHost(options: HostProgramOptions = {}): Promise<HostPrograms> {
  await requireSystem();
  const programs = await requireHostPrograms(options);
  await requireKernel(programs.nft);
  return programs;
}
