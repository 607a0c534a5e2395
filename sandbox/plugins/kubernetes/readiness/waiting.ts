import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "../api/api-error.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { describeObject } from "../api/kubernetes-object.ts";
import type { ObjectReference, ObjectStore } from "../api/objects.ts";
import { startDeadline } from "./deadline.ts";
import { explain } from "./explanation.ts";
import { isPassing } from "./patience.ts";
import { ruleFor } from "./rules.ts";

/** An object exists but does not do what it is there for. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
  /** The object as it was last seen. */
  readonly object: KubernetesObject;
  /** What is missing and why, one sentence each. */
  readonly reasons: readonly string[];

  constructor(object: KubernetesObject, reasons: readonly string[]) {
    super(reasons.join("; "));
    this.object = object;
    this.reasons = reasons;
  }
}

/** What waiting needs besides the object. */
export interface WaitContext {
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  /** Shows what is being waited for. */
  readonly report: (status: string) => void;
  /** Seconds that the program allows (`customTimeouts`), watched by the caller's signal. */
  readonly timeoutSeconds: number | undefined;
}

/** Milliseconds between two looks at an object: short at first, then longer. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;

/** Seconds that finding out the reasons of a failure may take. */
const EXPLANATION_SECONDS = 10;

/**
 * Waits until an object is ready by its kind's rule or its annotations, and answers it as it is then.
 * @throws NotReadyError if it is not ready in time, can't get ready, or the signal is aborted.
 */
export async function waitUntilReady(
  reference: ObjectReference,
  object: KubernetesObject,
  context: WaitContext,
): Promise<KubernetesObject> {
  const rule = ruleFor(object);
  if (rule === undefined) {
    return object;
  }
  const { store, report } = context;
  const { signal, stop } = startDeadline({ ...context, object, defaultSeconds: rule.timeoutSeconds });
  let live = object;
  let missing = "nothing is known about it yet";
  try {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      try {
        live = await store.read(reference, signal);
        const verdict = await rule.assess(live, store, signal);
        if (verdict.state === "ready") {
          return live;
        }
        missing = verdict.reason;
        if (verdict.state === "failed") {
          throw new Error("it will not get ready by itself");
        }
      } catch (error) {
        if (!isPassing(error)) {
          throw error;
        }
        missing = (error as Error).message;
      }
      report(`waiting: ${missing}`);
      await delay(pause, undefined, { signal });
    }
  } catch (error) {
    const cause = causeOf(error, signal);
    const details = await explain(live, store, AbortSignal.timeout(EXPLANATION_SECONDS * 1000)).catch(
      () => [],
    );
    throw new NotReadyError(live, [
      `${describeObject(live)} is not ready: ${missing} (${cause})`,
      ...details,
    ]);
  } finally {
    stop();
  }
}

function causeOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) {
    return (signal.reason as Error).message;
  }
  if (error instanceof ApiError && error.isNotFound) {
    return "it was deleted while it was waited for";
  }
  return (error as Error).message;
}
