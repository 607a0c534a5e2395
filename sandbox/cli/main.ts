import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { Command, InvalidArgumentError, Option } from "commander";

import { StateFolder } from "../state/folder.ts";
import { benches, type BenchExtent, type BenchName } from "../bench/bench.ts";
import { bench } from "./bench.ts";
import { down } from "./down.ts";
import { status } from "./status.ts";
import { programPath, provideTools } from "./tools.ts";
import { up } from "./up.ts";

// As `make` passes a variable on that a shell has set to nothing; the current folder is not meant by it.
if (process.env.SANDBOX_STATE === "") {
  delete process.env.SANDBOX_STATE;
}

/** The checkout that holds the program. */
const checkout = fileURLToPath(new URL("../..", import.meta.url));

const program = new Command("sandbox")
  .description(
    "Two real Kubernetes clusters on this machine, provisioned by the program through an emulated Linode API",
  )
  .configureHelp({ showGlobalOptions: true });

function command(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addOption(
      new Option("--state <folder>", "folder with everything of the sandbox; two folders are two sandboxes")
        .env("SANDBOX_STATE")
        .default(resolve(checkout, ".sandbox"))
        .argParser(absolutePath),
    );
}

function absolutePath(folder: string): string {
  if (folder === "") {
    throw new InvalidArgumentError("It must name a folder.");
  }
  return resolve(folder);
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number, 1 or more.");
  }
  return Number(text);
}

interface StateOption {
  readonly state: string;
}

command("up", "bring up a hub and an edge; what is up already stays as it is")
  .addOption(
    new Option(
      "--kubeconfig <files...>",
      "use two existing clusters, the hub's first, instead of local ones; needs no root (env: KUBECONFIGS, with a blank between)",
    ),
  )
  .option("--vault", "give each region a Vault; local clusters get one unless --no-vault is said")
  .option(
    "--no-vault",
    "clusters and certificates only, which is faster; a sandbox that has Vaults keeps them",
  )
  .option("--verbose", "print every line of every tool instead of a line for each step")
  .action(
    async ({
      state,
      kubeconfig,
      vault,
      verbose,
    }: StateOption & { kubeconfig?: readonly string[]; vault?: boolean; verbose?: true }) => {
      const kubeconfigs = (kubeconfig ?? (process.env.KUBECONFIGS ?? "").split(/\s+/))
        .filter((file) => file !== "")
        .map((file) => resolve(file));
      await up({
        folder: new StateFolder(state),
        checkout,
        kubeconfigs,
        vault,
        verbose: verbose ?? false,
      });
    },
  );

program
  .command("tools")
  .description("provide the tools that local clusters and the tests need: cache, official download or build")
  .action(async () => {
    await provideTools();
  });

program
  .command("which")
  .argument("<program>", "such as vault")
  .description("print the path of a tool's program, which is made first if need be")
  .action(async (name: string) => {
    process.stdout.write(`${await programPath(name)}\n`);
  });

command("down", "remove everything of the sandbox, whatever state it is in")
  .option(
    "--forget",
    "remove the record of the sandbox also if something stays in existing clusters that it was given",
  )
  .action(async ({ state, forget }: StateOption & { forget?: true }) => {
    await down(new StateFolder(state), forget ?? false);
  });

command("status", "say what runs")
  .option("--json", "print it for programs to read")
  .action(async ({ state, json }: StateOption & { json?: true }) => {
    await status(new StateFolder(state), json ?? false);
  });

command("bench", "measure, on a sandbox that is up; docs/bench.md says what, and how to read it")
  .addOption(new Option("--only <names...>", "measure only some of it").choices(Object.keys(benches)))
  .option("--runs <number>", "previews of each kind", positiveInteger, 5)
  .option("--samples <number>", "values that are sent from region to region", positiveInteger, 20)
  .option("--minutes <number>", "for how long requests are counted", positiveInteger, 3)
  .action(async ({ state, only, ...extent }: StateOption & BenchExtent & { only?: readonly BenchName[] }) => {
    await bench(new StateFolder(state), checkout, only, extent);
  });

try {
  await program.parseAsync();
} catch (error) {
  const verbose = process.argv.includes("--verbose");
  const message =
    error instanceof Error ? (verbose ? (error.stack ?? error.message) : error.message) : String(error);
  process.stderr.write(`error: ${message}\n`);
  process.exitCode = 1;
}
