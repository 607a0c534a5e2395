/**
 * Waits for an answer, but no longer than this: an API server may take a request and then hang.
 * @param seconds How long.
 * @throws Error that says so when the time is up; whatever the answer throws.
 */
export async function withinPatience<T>(seconds: number, answer: Promise<T>): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${seconds} s`));
  }, seconds * 1_000);
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
