/** For tests that take minutes, most of them spent waiting: `make test-all` runs them. */
export const slow = {
  skip: process.env.SLOW_TESTS === undefined && "takes minutes: `make test-all` runs it",
};
