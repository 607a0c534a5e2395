import { runCommand, type CommandRun } from "./command.ts";

/** A `pulumi` command failed. The message holds what it printed: the explanation is there. */
export class PulumiError extends Error {
  /** Exit code; undefined if a signal ended it. Pulumi's own list: 7 means that `--expect-no-changes` was violated. */
  readonly exitCode: number | undefined;
  /** All that it printed. */
  readonly output: string;

  constructor(args: readonly string[], exitCode: number | undefined, output: string) {
    super(`\`pulumi ${args.join(" ")}\` failed:\n\n${output.trim()}`);
    this.exitCode = exitCode;
    this.output = output;
  }
}

/** How one command is run. */
export interface PulumiRun extends CommandRun {
  /** On top of the environment of the command line. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The Pulumi command line, set up for one project. */
export class PulumiCli {
  readonly #program: string;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;

  /** Takes the path of the program, the project's folder and the whole environment of every command. */
  constructor(program: string, folder: string, environment: Readonly<Record<string, string>>) {
    this.#program = program;
    this.#folder = folder;
    this.#environment = environment;
  }

  /**
   * Runs a command without questions and without colours; answers what it printed to stdout.
   * @throws PulumiError with everything it printed, if it fails; the signal's reason if that is aborted.
   */
  async run(args: readonly string[], run: PulumiRun = {}): Promise<string> {
    const { exitCode, stdout, output } = await runCommand(
      this.#program,
      [...args, "--non-interactive", "--color", "never"],
      { folder: this.#folder, environment: { ...this.#environment, ...run.environment } },
      run,
    );
    if (exitCode !== 0) {
      throw new PulumiError(args, exitCode, output);
    }
    return stdout;
  }
}
