import { apiFailure } from "./api-failure.ts";
import { withinPatience } from "./patience.ts";

const answerSeconds = 15;

/**
 * Asks a cluster once for what a resource remembers of it, as a refresh does. A cluster that does not answer may have been
 * deleted behind Pulumi's back, which a refresh is there to find out: what is remembered stays then, with a warning.
 * @param subject What is asked for, as a subject of the warning.
 */
export async function askAgain<T>(subject: string, remembered: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await withinPatience(answerSeconds, ask);
  } catch (error) {
    // The engine shows what a dynamic resource writes there; `pulumi.log` knows no engine in its process.
    process.stderr.write(
      `warning: ${subject} could not be read again: ${apiFailure(error)}. It stays as it was read last.\n`,
    );
    return remembered;
  }
}
