import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";

/** How a command ended. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** stdout and stderr in the order in which they were written. */
  readonly output: string;
}

/** What a test may want of a command. */
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Gets the running process, to disturb it. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Fails with everything that a command printed, unless it ended as it should. */
export function assertExit(finished: Finished, expected = 0): void {
  assert.equal(finished.exitCode, expected, finished.output);
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    env: { ...process.env, ...options.environment },
    cwd: options.environment?.VAULT_FEDERATION_PROJECT,
    // A program that reads nothing may be gone before the end of an empty input is written.
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  options.onStart?.(child);
  child.stdin?.end(options.input);
  const stdout: string[] = [];
  const output: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout.push(text);
    output.push(text);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject);
  child.once("close", resolve);
  return { exitCode: await promise, stdout: stdout.join(""), output: output.join("") };
}
