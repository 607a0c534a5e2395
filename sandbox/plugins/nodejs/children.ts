import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { once } from "node:events";

/** How a process ended: by its own exit code, or by a signal. */
export interface End {
  /** `undefined` if a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
}

/** The processes that the language host has started, so that none of them outlives it. */
export class Children {
  readonly #running = new Set<ChildProcess>();

  /**
   * Starts a program.
   * @returns The process, and how it ends. @throws Error through `end` if it can't be started.
   */
  start(
    command: string,
    args: readonly string[],
    options: SpawnOptions,
  ): { process: ChildProcess; end: Promise<End> } {
    const child = spawn(command, args, options);
    this.#running.add(child);
    return { process: child, end: this.#watch(child) };
  }

  /** Asks every running process to stop, as Ctrl-C would. */
  interrupt(): void {
    for (const child of this.#running) {
      child.kill("SIGINT");
    }
  }

  /** Ends every running process at once. */
  kill(): void {
    for (const child of this.#running) {
      child.kill("SIGKILL");
    }
  }

  async #watch(child: ChildProcess): Promise<End> {
    try {
      // "close" comes after the last output, "exit" may come before it.
      const [exitCode, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
      return { exitCode: exitCode ?? undefined, signal: signal ?? undefined };
    } finally {
      this.#running.delete(child);
    }
  }
}
