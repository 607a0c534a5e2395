import { readdir, readFile, stat } from "node:fs/promises";
import { runCommand } from "../../../network/command.ts";
import { findMachines } from "../../../cluster/machine/processes.ts";

/** A process, told from a later one with the same id by the moment it started. */
export interface ProcessMark {
  readonly pid: string;
  readonly started: string;
  readonly commandLine: string;
}

/** Namespaces, interfaces, routes, mounts and control groups of this machine whose text has one of the given words. */
export async function findTraces(...words: readonly string[]): Promise<string[]> {
  const [namespaces, links, routes, mounts, cgroups] = await Promise.all([
    readdir("/run/netns").catch((): string[] => []),
    runCommand("ip", ["-oneline", "link"]),
    runCommand("ip", ["-4", "route", "show", "table", "all"]),
    readFile("/proc/self/mountinfo", "utf8"),
    runCommand("find", ["/sys/fs/cgroup", "-type", "d"]),
  ]);
  const traces = [...namespaces, ...[links, routes, mounts, cgroups].flatMap((text) => text.split("\n"))];
  return traces.filter((trace) => words.some((word) => trace.includes(word)));
}

/** Every process of a sandbox's machines, those in containers included. */
export async function sandboxProcesses(sandbox: string): Promise<ProcessMark[]> {
  const machines = await findMachines(sandbox);
  const namespaces = new Set(await Promise.all(machines.map(({ pid }) => pidNamespace(String(pid)))));
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid): Promise<ProcessMark[]> => {
      const cgroups = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
      const namespace = await pidNamespace(pid);
      const mark = await readMark(pid);
      const belongs =
        cgroups.includes(`/${sandbox}/`) || (namespace !== undefined && namespaces.has(namespace));
      return belongs && mark !== undefined ? [mark] : [];
    }),
  );
  return found.flat();
}

/** Those of the processes that still run. */
export async function stillRunning(processes: readonly ProcessMark[]): Promise<ProcessMark[]> {
  const present = await Promise.all(
    processes.map(async (process) =>
      (await readMark(process.pid))?.started === process.started ? [process] : [],
    ),
  );
  return present.flat();
}

async function readMark(pid: string): Promise<ProcessMark | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, "utf8");
    const commandLine = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
    // Fields after the name, which may hold spaces; the 20th of them is the start time.
    const [state, ...fields] = status.slice(status.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : { pid, started: fields[18] ?? "", commandLine };
  } catch {
    return undefined;
  }
}

async function pidNamespace(pid: string): Promise<number | undefined> {
  return (await stat(`/proc/${pid}/ns/pid`).catch(() => undefined))?.ino;
}
