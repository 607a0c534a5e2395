import { afterEach } from "node:test";
import { inspect } from "node:util";

/**
 * Has each failure of the suite shown when it happens. The reporter lists them at the end, which a suite of an hour may
 * never reach.
 */
export function showFailuresAtOnce(): void {
  afterEach((context) => {
    if ("error" in context && context.error instanceof Error) {
      process.stderr.write(`${context.name}: ${inspect(context.error.cause ?? context.error)}\n`);
    }
  });
}
