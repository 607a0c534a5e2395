/** Operations under way, so that they can be told to stop. */
export class Operations {
  readonly #cancelled = new AbortController();

  /** Tells every operation, running or still to come, to stop. */
  cancel(): void {
    this.#cancelled.abort(new Error("the update was cancelled"));
  }

  /**
   * Runs an operation with a signal that is aborted by `cancel`, by the engine's withdrawal, or by time.
   * @param withdrawn Aborted when the engine doesn't wait for the answer any more.
   * @param timeoutSeconds `undefined` for no limit.
   */
  async run<Result>(
    withdrawn: AbortSignal,
    timeoutSeconds: number | undefined,
    work: (signal: AbortSignal) => Result | Promise<Result>,
  ): Promise<Result> {
    const late = new AbortController();
    const timer =
      timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => {
            late.abort(new Error(`not finished within the ${String(timeoutSeconds)} s of customTimeouts`));
          }, timeoutSeconds * 1000);
    try {
      return await work(AbortSignal.any([this.#cancelled.signal, withdrawn, late.signal]));
    } finally {
      clearTimeout(timer);
    }
  }
}
