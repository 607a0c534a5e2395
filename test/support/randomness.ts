/**
 * Numbers that look random and are the same each time, so that a failure can be repeated. Each call answers a whole
 * number from 0 up to, but without, its argument. Source: the linear congruential generator of Numerical Recipes.
 */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
