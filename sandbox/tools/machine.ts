import { readFile, readdir } from "node:fs/promises";
import { runCommand } from "./command.ts";
import { ToolError } from "./error.ts";

/** What is asked of the machine; the real one unless a test stands in. */
export interface MachineProbe {
  /** Name of the operating system as Node has it, such as `linux`. */
  readonly platform: string;
  /** Effective user. */
  readonly user: number | undefined;
  /** Reads a file; undefined if it can't be read. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** Lists a folder; empty if it can't be read. */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** Whether a command ends with exit code 0; false if it can't be started. */
  readonly succeeds: (program: string, commandArguments: readonly string[]) => Promise<boolean>;
}

/** This machine. */
export const thisMachine: MachineProbe = {
  platform: process.platform,
  user: process.geteuid?.(),
  read: (path) => readFile(path, "utf8").catch(() => undefined),
  list: (path) => readdir(path).catch(() => []),
  succeeds: async (program, commandArguments) => {
    const result = await runCommand(program, commandArguments).catch(() => undefined);
    return result?.code === 0;
  },
};

/** Something that a machine must have, and what to do if it hasn't. */
interface Requirement {
  readonly met: (machine: MachineProbe) => Promise<boolean>;
  readonly remedy: string;
}

const otherwise = "Or give the kubeconfigs of two existing clusters instead of local clusters.";

const systemRequirements: readonly Requirement[] = [
  {
    met: (machine) => Promise.resolve(machine.user === 0),
    remedy:
      "Local clusters need root, for network namespaces and containers. Run the same command as root or with sudo.",
  },
];

function kernelRequirements(nft: string): readonly Requirement[] {
  return [
    {
      met: async (machine) =>
        (await hasOverlay(machine)) ||
        // A kernel lists a file system that is a module only after the module was loaded.
        ((await machine.succeeds("modprobe", ["overlay"])) && (await hasOverlay(machine))),
      remedy:
        "The kernel has no overlay file system, on which containers live. Load it (modprobe overlay) or use a kernel with CONFIG_OVERLAY_FS.",
    },
    {
      met: async (machine) => (await machine.list("/proc/self/ns")).includes("net"),
      remedy:
        "The kernel has no network namespaces, which are the nodes of a cluster. Use a kernel with CONFIG_NET_NS.",
    },
    {
      met: (machine) => machine.succeeds(nft, ["list", "tables"]),
      remedy:
        "The kernel does not answer nft, by which Services are reached. Load nf_tables (modprobe nf_tables) or use a kernel with CONFIG_NF_TABLES.",
    },
    {
      met: hasCgroups,
      remedy:
        "Under /sys/fs/cgroup there is neither cgroup v2 nor v1 with the controllers cpu, memory and pids. Mount them (systemd does, and so does Debian's package cgroupfs-mount).",
    },
  ];
}

/**
 * Makes sure that this is Linux, which the sandbox needs whatever its clusters are.
 * @throws ToolError that says so, with the remedy.
 */
export function requireLinux(machine: MachineProbe = thisMachine): void {
  if (machine.platform !== "linux") {
    throw new ToolError("The sandbox runs on Linux only. Use a Linux machine or a virtual one.");
  }
}

/**
 * Makes sure that this is Linux and this process is root, as local clusters need.
 * @throws ToolError that names what is missing and the remedy.
 */
export async function requireSystem(machine: MachineProbe = thisMachine): Promise<void> {
  requireLinux(machine);
  await requireAll(systemRequirements, machine);
}

/**
 * Makes sure that the kernel has what local clusters need.
 * @param nft Absolute path of nft.
 * @throws ToolError that names the first thing missing and the remedy.
 */
export function requireKernel(nft: string, machine: MachineProbe = thisMachine): Promise<void> {
  return requireAll(kernelRequirements(nft), machine);
}

async function requireAll(requirements: readonly Requirement[], machine: MachineProbe): Promise<void> {
  for (const { met, remedy } of requirements) {
    if (!(await met(machine))) {
      throw new ToolError(`${remedy} ${otherwise}`);
    }
  }
}

async function hasOverlay(machine: MachineProbe): Promise<boolean> {
  const fileSystems = (await machine.read("/proc/filesystems")) ?? "";
  return fileSystems.split("\n").some((line) => line.trim().split(/\s+/).at(-1) === "overlay");
}

async function hasCgroups(machine: MachineProbe): Promise<boolean> {
  const unified = await machine.read("/sys/fs/cgroup/cgroup.controllers");
  const controllers = unified?.trim().split(" ") ?? (await machine.list("/sys/fs/cgroup"));
  return ["cpu", "memory", "pids"].every((controller) => controllers.includes(controller));
}
