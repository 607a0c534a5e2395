/** How often the parent is looked for, in milliseconds: a system call each. */
const INTERVAL = 500;

/**
 * Ends this process when the one that started it has gone without a word, as after `kill -9`.
 * @param leave Called once, instead of ending the process at once.
 */
export function leaveWithParent(leave: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer);
      leave();
    }
  }, INTERVAL);
  timer.unref();
}
