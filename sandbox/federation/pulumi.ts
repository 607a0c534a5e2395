import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

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
export interface PulumiRun {
  /** Hears each line as it is printed, without the line break. */
  readonly onLine?: (line: string) => void;
  /** Interrupts the command, which then ends what it has begun. */
  readonly signal?: AbortSignal;
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
   * @throws PulumiError with everything it printed, if it fails; the signal's reason if that is aborted already.
   */
  async run(args: readonly string[], run: PulumiRun = {}): Promise<string> {
    run.signal?.throwIfAborted();
    const child = spawn(this.#program, [...args, "--non-interactive", "--color", "never"], {
      cwd: this.#folder,
      env: { ...this.#environment, ...run.environment },
      stdio: ["ignore", "pipe", "pipe"],
      // A process group of its own: Ctrl-C at a terminal would otherwise reach it twice, and the second interrupt makes
      // Pulumi give up what it has begun.
      detached: true,
    });
    const interrupt = (): void => {
      child.kill("SIGINT");
    };
    run.signal?.addEventListener("abort", interrupt, { once: true });

    const exit = Promise.withResolvers<number | undefined>();
    child.once("error", exit.reject);
    child.once("close", (code) => {
      exit.resolve(code ?? undefined);
    });

    const stdout: string[] = [];
    const everything: string[] = [];
    const collect = async (stream: NodeJS.ReadableStream, also?: string[]): Promise<void> => {
      for await (const line of createInterface({ input: stream })) {
        everything.push(line);
        also?.push(line);
        run.onLine?.(line);
      }
    };
    const [exitCode] = await Promise.all([
      exit.promise,
      collect(child.stdout, stdout),
      collect(child.stderr),
    ]).finally(() => run.signal?.removeEventListener("abort", interrupt));
    if (exitCode !== 0) {
      throw new PulumiError(args, exitCode, everything.join("\n"));
    }
    return stdout.join("\n");
  }
}
