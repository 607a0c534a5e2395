import assert from "node:assert/strict";
import { test } from "node:test";
import { requireKernel, requireSystem, type MachineProbe } from "../../../tools/machine.ts";

const nft = "/usr/sbin/nft";

/** A machine that has everything, with changes. */
function machine(
  changes: Partial<Omit<MachineProbe, "read" | "list">> & {
    files?: Readonly<Record<string, string | undefined>>;
    folders?: Readonly<Record<string, readonly string[]>>;
  } = {},
): MachineProbe {
  const files: Record<string, string | undefined> = {
    "/proc/filesystems": "nodev\tsysfs\nnodev\toverlay\n\text4\n",
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    ...changes.files,
  };
  const folders: Record<string, readonly string[]> = { "/proc/self/ns": ["mnt", "net"], ...changes.folders };
  return {
    platform: changes.platform ?? "linux",
    user: "user" in changes ? changes.user : 0,
    read: (path) => Promise.resolve(files[path]),
    list: (path) => Promise.resolve(folders[path] ?? []),
    succeeds: changes.succeeds ?? ((program) => Promise.resolve(program === nft)),
  };
}

test("a machine that has everything is accepted", async () => {
  await requireSystem(machine());
  await requireKernel(nft, machine());
});

test("cgroup v1 is accepted if it has the controllers", async () => {
  const changes = {
    files: { "/sys/fs/cgroup/cgroup.controllers": undefined },
    folders: { "/sys/fs/cgroup": ["cpu", "memory", "pids", "unified"] },
  };
  await requireKernel(nft, machine(changes));
});

test("an overlay module that can be loaded is accepted", async () => {
  const files: Record<string, string> = { "/proc/filesystems": "\text4\n" };
  const commands: string[] = [];
  const probe: MachineProbe = {
    ...machine(),
    read: (path) => Promise.resolve(path in files ? files[path] : "cpu memory pids"),
    succeeds: (program, commandArguments) => {
      commands.push([program, ...commandArguments].join(" "));
      files["/proc/filesystems"] = "\text4\nnodev\toverlay\n";
      return Promise.resolve(true);
    },
  };
  await requireKernel(nft, probe);
  assert.deepEqual(commands, ["modprobe overlay", "/usr/sbin/nft list tables"]);
});

const kubeconfigs = /Or give the kubeconfigs of two existing clusters instead of local clusters\.$/;

const lacks: readonly [string, MachineProbe, RegExp][] = [
  ["a user other than root", machine({ user: 1000 }), /^Local clusters need root, .*sudo\./],
  [
    "a kernel without overlay",
    machine({ files: { "/proc/filesystems": "\text4\nnodev\toverlayfs2\n" } }),
    /^The kernel has no overlay file system.*CONFIG_OVERLAY_FS/,
  ],
  [
    "a kernel without network namespaces",
    machine({ folders: { "/proc/self/ns": ["mnt", "pid"] } }),
    /^The kernel has no network namespaces.*CONFIG_NET_NS/,
  ],
  [
    "a kernel without nf_tables",
    machine({ succeeds: () => Promise.resolve(false) }),
    /^The kernel does not answer nft.*CONFIG_NF_TABLES/,
  ],
  [
    "cgroup v2 without a controller",
    machine({ files: { "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io pids\n" } }),
    /^Under \/sys\/fs\/cgroup there is neither/,
  ],
  [
    "no cgroups at all",
    machine({ files: { "/sys/fs/cgroup/cgroup.controllers": undefined } }),
    /^Under \/sys\/fs\/cgroup there is neither/,
  ],
];

test("another operating system is refused, and other clusters are no remedy", async () => {
  await assert.rejects(requireSystem(machine({ platform: "darwin", user: 501 })), {
    name: "ToolError",
    message: "The sandbox runs on Linux only. Use a Linux machine or a virtual one.",
  });
});

for (const [name, probe, message] of lacks) {
  test(`${name} is refused in one sentence with the remedy`, async () => {
    const check = async (): Promise<void> => {
      await requireSystem(probe);
      await requireKernel(nft, probe);
    };
    await assert.rejects(check, (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, "ToolError");
      assert.match(error.message, message);
      assert.match(error.message, kubeconfigs);
      return true;
    });
  });
}
