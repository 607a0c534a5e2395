import type { Report, Steps } from "../cli/steps.ts";
import type { PulumiCli } from "../federation/pulumi.ts";
import type { StateFolder } from "../state/folder.ts";
import { benchCrossing } from "./crossing.ts";
import { benchEdgeCost } from "./edge-cost.ts";
import type { Findings } from "./measurement.ts";
import { benchPreviews } from "./previews.ts";
import { benchScale } from "./scale.ts";
import { benchVaultBirth } from "./vault-birth.ts";

/** How much is measured. */
export interface BenchExtent {
  /** How often each preview is run. */
  readonly runs: number;
  /** How many values are sent across. */
  readonly samples: number;
  /** For how many minutes requests are counted. */
  readonly minutes: number;
}

/** What all benches work with: a sandbox that is up. */
export interface BenchArgs extends BenchExtent {
  readonly folder: StateFolder;
  /** Folder of the program. */
  readonly checkout: string;
  /** Whole environment of every command. */
  readonly environment: Readonly<Record<string, string>>;
  /** The sandbox's project. */
  readonly pulumi: PulumiCli;
}

/** How a bench is run. */
export interface BenchRun {
  /** Ends the bench, which leaves nothing behind. */
  readonly signal: AbortSignal;
  /** Hears what it is doing. */
  readonly report: Report;
}

/** Measures one thing. */
export type Bench = (args: BenchArgs, run: BenchRun) => Promise<Findings>;

/** All benches, in the order in which they are run. */
export const benches = {
  previews: benchPreviews,
  crossing: benchCrossing,
  "edge-cost": benchEdgeCost,
  scale: benchScale,
  "vault-birth": benchVaultBirth,
} as const satisfies Record<string, Bench>;

/** Name of a bench. */
export type BenchName = keyof typeof benches;

/** What came of a run of benches. */
export interface BenchOutcome {
  readonly findings: Readonly<Record<string, Findings>>;
  /** Why some found nothing, by their names. */
  readonly failures: Readonly<Record<string, unknown>>;
}

/**
 * Runs benches one after the other; one that fails keeps none of the others from running. Once the signal is aborted, none
 * begins any more, and what was found until then is the outcome.
 */
export async function runBenches(
  chosen: Readonly<Record<string, Bench>>,
  args: BenchArgs,
  steps: Steps,
  signal: AbortSignal,
): Promise<BenchOutcome> {
  const findings: Record<string, Findings> = {};
  const failures: Record<string, unknown> = {};
  for (const [name, bench] of Object.entries(chosen)) {
    try {
      findings[name] = await steps.run(name, (report) => bench(args, { signal, report }));
    } catch (error) {
      failures[name] = signal.aborted ? signal.reason : error;
    }
    if (signal.aborted) {
      break;
    }
  }
  return { findings, failures };
}
