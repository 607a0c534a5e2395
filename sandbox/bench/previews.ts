import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { stacks } from "../federation/project.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import { existingStacks } from "../federation/state.ts";
import type { StateFolder } from "../state/folder.ts";
import type { BenchArgs, BenchRun } from "./bench.ts";
import type { Findings } from "./measurement.ts";

/** Something that is timed. */
interface Subject {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Times a preview of each stack that changes nothing, beside that of a program without resources: the difference is
 * what this program costs, the rest is the engine. They take turns, so that a slow moment hits all of them.
 */
export async function benchPreviews(
  { folder, environment, pulumi, runs }: BenchArgs,
  { signal, report }: BenchRun,
): Promise<Findings> {
  const empty = await emptyProgram(folder, environment);
  const preview = (cli: PulumiCli, stack: string): Promise<string> =>
    cli.run(["preview", "--expect-no-changes", "--stack", stack], { signal });
  const subjects: readonly Subject[] = [
    { name: "empty program", run: () => preview(empty, "empty") },
    ...stacks.map((stack) => ({ name: `stack ${stack}`, run: () => preview(pulumi, stack) })),
  ];
  const seconds = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    for (const { name, run } of subjects) {
      report(`${name}, ${round === 0 ? "to warm up" : `run ${round} of ${runs}`}`);
      const start = performance.now();
      await run();
      // The first round only warms the caches.
      if (round > 0) {
        seconds.get(name)?.push((performance.now() - start) / 1_000);
      }
    }
  }
  return {
    measurements: [...seconds].map(([subject, values]) => ({ subject, unit: "s", values })),
    conditions: ["whole `pulumi preview` commands that find nothing to change, by the same engine in turns."],
  };
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
