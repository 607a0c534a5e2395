import type { BenchArgs, BenchRun } from "./bench.ts";
import type { Findings, Measurement } from "./measurement.ts";
import { ProcessMemory, type MeasuredProcess } from "./process-memory.ts";
import { ScratchEdges } from "./scratch-edges.ts";

const edgeCounts = [1, 10, 50] as const;

/** The parts of an update, each of one process or more. */
const parts = ["engine", "language host", "program", "plugins"] as const;

type Part = (typeof parts)[number];

interface Preview {
  readonly seconds: number;
  readonly peakMiB: Readonly<Record<Part, number>>;
  /** What the engine counted, such as `440 to create, 130 unchanged`. */
  readonly changes: string;
}

/**
 * Times a preview of the hub's stack with more and more edges, and notes the most memory that each part of it takes. All
 * but the first of the edges are none but a stack's state, so that their resources are previewed as new ones.
 */
export async function benchScale(args: BenchArgs, run: BenchRun): Promise<Findings> {
  const edges = new ScratchEdges(args);
  const measurements: Measurement[] = [];
  const changes: string[] = [];
  try {
    await edges.make(run);
    for (const count of edgeCounts) {
      const file = await edges.configuration(count);
      const previews: Preview[] = [];
      for (let number = 1; number <= args.runs; number += 1) {
        run.report(`${named(count)}, run ${number} of ${args.runs}`);
        previews.push(await preview(args, file, run));
      }
      measurements.push(
        { subject: `${named(count)}: preview`, unit: "s", values: previews.map(({ seconds }) => seconds) },
        ...parts.map((part) => ({
          subject: `${named(count)}: ${part}`,
          unit: "MiB",
          values: previews.map(({ peakMiB }) => peakMiB[part]),
        })),
      );
      changes.push(`${named(count)}: ${previews[0]?.changes ?? ""}`);
    }
  } finally {
    await edges.remove();
  }
  return {
    measurements,
    conditions: [
      "previews of the hub's stack against its cluster, where one edge is up and all others are a copy of its stack's " +
        `state, whose outputs are read for each: ${changes.join("; ")}.`,
      "memory is the largest resident set of each process (VmHWM), of the plugins their sum; where the official plugins " +
        "could not be had they are the sandbox's own.",
    ],
  };
}

async function preview({ pulumi }: BenchArgs, file: string, { signal }: BenchRun): Promise<Preview> {
  let memory: ProcessMemory | undefined;
  const start = performance.now();
  try {
    const printed = await pulumi.run(["preview", "--stack", "hub", "--config-file", file], {
      signal,
      onStart: (pid) => {
        memory = new ProcessMemory(pid);
      },
    });
    const seconds = (performance.now() - start) / 1_000;
    return { seconds, peakMiB: peaks(memory?.stop() ?? []), changes: changesIn(printed) };
  } finally {
    memory?.stop();
  }
}

/** The most memory of each part of an update, in MiB; of a part with several processes their sum. */
export function peaks(processes: readonly MeasuredProcess[]): Record<Part, number> {
  const sums: Record<Part, number> = { engine: 0, "language host": 0, program: 0, plugins: 0 };
  for (const process of processes) {
    sums[partOf(process, processes)] += process.peakMiB;
  }
  return sums;
}

function partOf({ parent, command }: MeasuredProcess, processes: readonly MeasuredProcess[]): Part {
  const above = processes.find(({ pid }) => pid === parent);
  if (above === undefined) {
    return "engine";
  }
  if (isLanguageHost(command)) {
    return "language host";
  }
  return isLanguageHost(above.command) ? "program" : "plugins";
}

/** The official host is a program of this name; the sandbox's own is a script in a folder of Node's. */
function isLanguageHost(command: readonly string[]): boolean {
  return command
    .slice(0, 2)
    .some((word) => word.endsWith("/pulumi-language-nodejs") || word.endsWith("/plugins/nodejs/main.ts"));
}

/** What the engine says at the end of a preview of how many resources it would change, on one line. */
export function changesIn(printed: string): string {
  const [, summary = ""] = /^Resources:\n((?: {4}.+(?:\n|$))+)/m.exec(printed) ?? [];
  return summary
    .split("\n")
    .map((line) => line.replace(/^\W*(\d+ changes\. )?/, ""))
    .filter((line) => line !== "")
    .join(", ");
}

function named(count: number): string {
  return count === 1 ? "1 edge" : `${count} edges`;
}
