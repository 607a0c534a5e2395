import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { PulumiCli } from "./pulumi.ts";
import type { Stack } from "./project.ts";

interface Lock {
  readonly pid: number;
}

interface Deployment {
  readonly deployment: { readonly pending_operations?: readonly unknown[] };
}

/**
 * Frees a stack whose update was killed. A lock of a process that still lives is left alone: Pulumi then says who it is.
 * Source: pkg/backend/diy/lock.go writes one JSON file a lock, with the process id.
 */
export async function releaseDeadLock(
  pulumi: PulumiCli,
  backend: string,
  project: string,
  stack: Stack,
): Promise<void> {
  const folder = join(backend, ".pulumi", "locks", "organization", project, stack);
  const files = await readdir(folder).catch(ignoreMissing);
  const locks = await Promise.all(
    (files ?? [])
      .filter((file) => file.endsWith(".json"))
      .map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8")) as Lock),
  );
  if (locks.length > 0 && !locks.some(({ pid }) => isAlive(pid))) {
    await pulumi.run(["cancel", "--yes", "--stack", stack]);
  }
}

/** Whether an update was killed while it made something: it may exist without the stack knowing of it. */
export async function wasInterrupted(pulumi: PulumiCli, stack: Stack): Promise<boolean> {
  const { deployment } = JSON.parse(await pulumi.run(["stack", "export", "--stack", stack])) as Deployment;
  return (deployment.pending_operations ?? []).length > 0;
}

/** Names of the stacks that exist. */
export async function existingStacks(pulumi: PulumiCli): Promise<readonly string[]> {
  const list = JSON.parse(await pulumi.run(["stack", "ls", "--json"])) as { name: string }[];
  return list.map(({ name }) => name);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
    throw error;
  }
}
