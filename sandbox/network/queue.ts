/** Runs tasks one after the other, in the order in which they were given. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Whether a task runs or waits. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Runs a task after all earlier ones, whether they succeeded or not; resolves or rejects as the task does. */
  run<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(task).finally(() => this.#waiting--);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
