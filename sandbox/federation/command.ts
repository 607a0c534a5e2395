import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How one command is run. */
export interface CommandRun {
  /** Hears each line as it is printed, without the line break. */
  readonly onLine?: (line: string) => void;
  /** Interrupts the command, which then ends what it has begun. */
  readonly signal?: AbortSignal;
  /** What the command reads; nothing by default. */
  readonly input?: string;
  /** Hears the id of the process once it runs. */
  readonly onStart?: (pid: number) => void;
}

/** How a command ended. */
export interface CommandEnd {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** stdout and stderr in the order in which they were written. */
  readonly output: string;
}

/**
 * Runs a command to its end.
 * @param environment Whole environment of the command.
 * @throws Error if it can't be started; the signal's reason if that is aborted already, or while it runs.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { folder, environment }: { folder: string; environment: Readonly<Record<string, string>> },
  { onLine, signal, input, onStart }: CommandRun,
): Promise<CommandEnd> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    cwd: folder,
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
    // A process group of its own: Ctrl-C at a terminal would otherwise reach it twice, and the second interrupt makes
    // Pulumi give up what it has begun.
    detached: true,
  });
  if (child.pid !== undefined) {
    onStart?.(child.pid);
  }
  // A program that reads nothing may be gone before it could have.
  child.stdin.once("error", () => undefined).end(input ?? "");
  const interrupt = (): void => {
    child.kill("SIGINT");
  };
  signal?.addEventListener("abort", interrupt, { once: true });

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
      onLine?.(line);
    }
  };
  const [exitCode] = await Promise.all([
    exit.promise,
    collect(child.stdout, stdout),
    collect(child.stderr),
  ]).finally(() => signal?.removeEventListener("abort", interrupt));
  if (exitCode !== 0) {
    // It has failed because it was interrupted: what it says of that is no news.
    signal?.throwIfAborted();
  }
  return { exitCode, stdout: stdout.join("\n"), output: everything.join("\n") };
}
