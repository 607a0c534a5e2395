import { run } from "./command.ts";
import type { TestSandbox } from "./sandbox.ts";

/** Processes, namespaces, interfaces, routes, mounts and control groups that belong to a sandbox. */
export async function traces(id: string, sandbox: TestSandbox): Promise<string> {
  const commands = [
    ["ip", "netns", "list"],
    ["ip", "-oneline", "link"],
    ["ip", "route", "show", "table", "all"],
    ["find", "/sys/fs/cgroup", "-type", "d", "-name", `*${id}*`],
    ["cat", "/proc/self/mountinfo"],
  ];
  const outputs = await Promise.all(commands.map(([program = "", ...args]) => run(program, args)));
  const lines = outputs.flatMap(({ stdout }) => stdout.split("\n"));
  const left = lines.filter((line) => line.includes(id) || line.includes(sandbox.folder));
  const processes = (await sandbox.processes()).map(({ command }) => command.join(" "));
  return [...left, ...processes].join("\n");
}
