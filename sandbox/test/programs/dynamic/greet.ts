/** Greets somebody. */
export async function greet(who: string): Promise<string> {
  return Promise.resolve(`hello ${who}`);
}
