/** Whether there is time for everything: `make test-all`. */
export const isThorough = process.env.SLOW_TESTS !== undefined;

/** For tests that take minutes, most of them spent waiting: `make test-all` runs them. */
export const slow = {
  skip: !isThorough && "takes minutes: `make test-all` runs it",
};
