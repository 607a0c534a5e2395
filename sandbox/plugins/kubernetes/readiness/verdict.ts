import type { PropertyValue } from "../../frame/values.ts";
import { listAt, textAt } from "../api/fields.ts";

/** Whether an object does what it is there for. */
export type Verdict =
  | { readonly state: "ready" }
  /** It may come; the reason says what is missing. */
  | { readonly state: "waiting"; readonly reason: string }
  /** It won't come by itself. */
  | { readonly state: "failed"; readonly reason: string };

/** The verdict of an object that needs nothing more. */
export const READY: Verdict = { state: "ready" };

/** The verdict of an object that still lacks something. */
export function waiting(reason: string): Verdict {
  return { state: "waiting", reason };
}

/** The verdict of an object that won't get ready. */
export function failed(reason: string): Verdict {
  return { state: "failed", reason };
}

/** A condition of an object's status. */
export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The condition of a type, `undefined` if the status has none. */
export function conditionOf(object: PropertyValue, type: string): Condition | undefined {
  const found = listAt(object, "status", "conditions").find(
    (condition) => textAt(condition, "type") === type,
  );
  if (found === undefined) {
    return undefined;
  }
  return {
    status: textAt(found, "status") ?? "Unknown",
    reason: textAt(found, "reason") ?? "",
    message: textAt(found, "message") ?? "",
  };
}
