import type { Properties } from "../../frame/values.ts";
import { textAt } from "../api/fields.ts";

/** A signal that is aborted when time is up; `stop` has to be called when it is not needed any more. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly stop: () => void;
}

/** What the time for something is found from. */
export interface TimeAllowance {
  /** Aborted by the user or the engine, and when `customTimeouts` have passed. */
  readonly signal: AbortSignal;
  /** The program's `customTimeouts` in seconds, which go before everything else. */
  readonly timeoutSeconds: number | undefined;
  /** The object, whose annotation `pulumi.com/timeoutSeconds` may give the time. */
  readonly object: Properties;
  /** Seconds that count where nothing else is said. */
  readonly defaultSeconds: number;
}

/** Starts a deadline; its reason names what allows more time. */
export function startDeadline(allowance: TimeAllowance): Deadline {
  const { signal, timeoutSeconds, object, defaultSeconds } = allowance;
  if (timeoutSeconds !== undefined) {
    return { signal, stop: () => undefined };
  }
  const seconds = annotatedSeconds(object) ?? defaultSeconds;
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new Error(
        `gave up after ${String(seconds)} s; annotation pulumi.com/timeoutSeconds or customTimeouts allow more`,
      ),
    );
  }, seconds * 1000);
  return {
    signal: AbortSignal.any([signal, late.signal]),
    stop: () => {
      clearTimeout(timer);
    },
  };
}

/** Seconds by the object's annotation, `undefined` if it has none or no positive number. */
function annotatedSeconds(object: Properties): number | undefined {
  const seconds = Number(textAt(object, "metadata", "annotations", "pulumi.com/timeoutSeconds"));
  return seconds > 0 ? seconds : undefined;
}
