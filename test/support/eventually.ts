import { setTimeout as sleep } from "node:timers/promises";

// What is looked at is often a command, which takes a second of its own.
const pollMilliseconds = 1_000;

/**
 * Repeats an assertion until it holds.
 * @param timeoutSeconds How long it may take to hold; a minute by default.
 * @throws What the assertion threw last, when the time is up.
 */
export async function eventually(assertion: () => Promise<void>, timeoutSeconds = 60): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1_000;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (Date.now() >= deadline) {
        throw error;
      }
    }
    await sleep(pollMilliseconds);
  }
}
