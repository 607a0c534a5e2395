import { mock } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Waits for something that only sleeps, without sleeping: as long as it is under way, a second passes at every turn of
 * the event loop. The clock stands still otherwise.
 */
export async function withoutSleeping<T>(act: () => Promise<T>): Promise<T> {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  try {
    const outcome = act();
    const settled = outcome.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([settled, nextTurn(false)]))) {
      mock.timers.tick(1_000);
    }
    return await outcome;
  } finally {
    mock.timers.reset();
  }
}

/**
 * Waits for something that sleeps and talks to a server, without the sleeps: timers of exactly that length end at once.
 * All others, such as those that guard a connection, run as ever.
 */
export async function withSleepsEnded<T>(milliseconds: number, act: () => Promise<T>): Promise<T> {
  const { setTimeout: original } = globalThis;
  const shortened = mock.method(
    globalThis,
    "setTimeout",
    // Connections that are kept alive time out by a function that takes arguments.
    (callback: (...args: unknown[]) => void, delay?: number, ...args: unknown[]) =>
      original(callback, delay === milliseconds ? 0 : delay, ...args),
  );
  try {
    return await act();
  } finally {
    shortened.mock.restore();
  }
}
