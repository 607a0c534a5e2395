import { benches, runBenches, type BenchExtent, type BenchName } from "../bench/bench.ts";
import { report } from "../bench/measurement.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import type { StateFolder } from "../state/folder.ts";
import { withSandboxLock } from "../state/lock.ts";
import { requireBenchable } from "./bench-preconditions.ts";
import { callerVariables, projectFolder, readEnvironment } from "./environment.ts";
import { Steps } from "./steps.ts";
import { onInterrupt } from "./tools.ts";

/**
 * Measures on a sandbox that is up, and prints one table of all that was found.
 * @param only What to measure; everything by default.
 * @throws Error that says why some of it could not be measured, after the table.
 */
export async function bench(
  folder: StateFolder,
  checkout: string,
  only: readonly BenchName[] | undefined,
  extent: BenchExtent,
): Promise<void> {
  const names = only ?? (Object.keys(benches) as BenchName[]);
  requireBenchable(folder, names);
  // Without a HOME, helm and kubectl would keep their caches in the checkout.
  const environment = { ...callerVariables(), ...(await readEnvironment(folder)) };
  const pulumi = new PulumiCli("pulumi", projectFolder(folder), environment);
  // What an interrupted bench left is removed by the next: two at once would remove each other's.
  await withSandboxLock(folder, "bench", async () => {
    const signal = onInterrupt("what the bench made is removed");
    const args = { folder, checkout, environment, pulumi, ...extent };
    const chosen = Object.fromEntries(names.map((name) => [name, benches[name]]));
    const { findings, failures } = await runBenches(chosen, args, new Steps(false, signal), signal);
    if (Object.keys(findings).length > 0) {
      process.stdout.write(`${report(findings)}\n`);
    }
    const missing = Object.entries(failures).map(
      ([name, reason]) => `${name}: ${reason instanceof Error ? reason.message : String(reason)}`,
    );
    if (missing.length > 0) {
      throw new Error(`not everything could be measured.\n\n${missing.join("\n\n")}`);
    }
  });
}
