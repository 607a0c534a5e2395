import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A program of this machine ended with an error. */
export class CommandError extends Error {
  /** What the program wrote to standard error, trimmed. */
  readonly stderr: string;

  constructor(command: string, stderr: string, cause: unknown) {
    super(`\`${command}\` failed: ${stderr === "" ? String(cause) : stderr}`, { cause });
    this.name = "CommandError";
    this.stderr = stderr;
  }
}

/**
 * Runs a program to its end and returns its standard output.
 * @param input Text for its standard input; without it, standard input is empty.
 * @throws CommandError with the command and what it wrote to standard error.
 */
export async function runCommand(program: string, args: readonly string[], input?: string): Promise<string> {
  const running = execute(program, args, { maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.on("error", () => {
    // A program that ends without reading its input is judged by its exit code alone.
  });
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new CommandError([program, ...args].join(" "), stderr, error);
  }
}
