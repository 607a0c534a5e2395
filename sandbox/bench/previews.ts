import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { stacks } from "../federation/project.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import { existingStacks } from "../federation/state.ts";
import type { StateFolder } from "../state/folder.ts";
import { projectFolder } from "../cli/environment.ts";

/** Something that is timed. */
interface Subject {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * Times a preview of each stack that changes nothing, beside that of a program without resources: the difference is
 * what this program costs, the rest is the engine. They take turns, so that a slow moment hits all of them.
 */
export async function benchPreviews(
  folder: StateFolder,
  environment: Readonly<Record<string, string>>,
  runs: number,
): Promise<void> {
  const cli = new PulumiCli("pulumi", projectFolder(folder), environment);
  const empty = await emptyProgram(folder, environment);
  const subjects: readonly Subject[] = [
    { name: "empty program", run: () => preview(empty, "empty") },
    ...stacks.map((stack) => ({ name: `stack ${stack}`, run: () => preview(cli, stack) })),
  ];
  const seconds = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    for (const { name, run } of subjects) {
      const start = performance.now();
      await run();
      // The first round only warms the caches.
      if (round > 0) {
        seconds.get(name)?.push((performance.now() - start) / 1_000);
      }
    }
  }
  process.stdout.write(`no-op preview, ${runs} runs each, seconds\n`);
  for (const [name, measured] of seconds) {
    process.stdout.write(`  ${name.padEnd(15)} ${summary(measured)}\n`);
  }
}

async function preview(pulumi: PulumiCli, stack: string): Promise<void> {
  await pulumi.run(["preview", "--expect-no-changes", "--stack", stack]);
}

async function emptyProgram(
  folder: StateFolder,
  environment: Readonly<Record<string, string>>,
): Promise<PulumiCli> {
  const root = join(folder.root, "bench", "empty");
  await mkdir(root, { recursive: true });
  const files = {
    "Pulumi.yaml": "name: empty\nmain: index.ts\nruntime: { name: nodejs, options: { typescript: false } }\n",
    "package.json": '{ "name": "empty", "version": "0.0.0", "type": "module", "main": "index.ts" }\n',
    "index.ts": "export {};\n",
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(root, name), content);
  }
  const modules = join(import.meta.dirname, "..", "node_modules");
  await symlink(modules, join(root, "node_modules")).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw error;
    }
  });
  const pulumi = new PulumiCli("pulumi", root, environment);
  if (!(await existingStacks(pulumi)).includes("empty")) {
    await pulumi.run(["stack", "init", "empty", "--no-select"]);
    await pulumi.run(["up", "--yes", "--skip-preview", "--stack", "empty"]);
  }
  return pulumi;
}

function summary(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): string => (sorted[index] ?? Number.NaN).toFixed(2);
  return `min ${at(0)}  median ${at(Math.floor(sorted.length / 2))}  max ${at(sorted.length - 1)}`;
}
