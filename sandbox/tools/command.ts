import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** How to run a command. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment; the default is this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command. */
  readonly signal?: AbortSignal;
}

/** What became of a command. */
export interface CommandResult {
  /** Exit code; absent if a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command without a shell, standard input closed, and waits for its end, whatever its exit code.
 * @throws Error if it could not be started (`ENOENT`: no such program) or was aborted.
 */
export async function runCommand(
  program: string,
  commandArguments: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, commandArguments, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | undefined>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve(code ?? undefined);
    });
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
