/** Seconds that a last look may take, although the time is up: an answer that is on its way says what was missing. */
const lastLookSeconds = 5;

/**
 * Asks, and waits for the answer no longer than this: a server may take a request and then hang.
 * @param seconds How long, from before it is asked.
 * @param giveUp Called when the time is up, to let go of what was waited for; its error is thrown. Defaults to one that says
 * how long there was no answer, and lets go of nothing.
 * @throws That error when the time is up; whatever the answer throws.
 */
export async function withinPatience<T>(
  seconds: number,
  ask: () => Promise<T>,
  giveUp = () => new Error(`no answer within ${seconds} s`),
): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(giveUp());
  }, seconds * 1_000);
  try {
    return await Promise.race([ask(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Looks once at what is waited for until a deadline, and no longer than that: whoever looks again and again would
 * otherwise never come to see that the time is up.
 * @param deadline Milliseconds since the epoch; a look may take some seconds even after it.
 * @param missing What the last look found missing, which is all that is known if this one finds out nothing.
 * @throws Error with that when the time is up; whatever the look throws.
 */
export function lookUntil<T>(deadline: number, look: () => Promise<T>, missing = ""): Promise<T> {
  const seconds = Math.max(lastLookSeconds, Math.ceil((deadline - Date.now()) / 1_000));
  const silence = `no answer within ${seconds} s`;
  return withinPatience(
    seconds,
    look,
    () => new Error(missing === "" ? silence : `${missing}; since then, ${silence}`),
  );
}
