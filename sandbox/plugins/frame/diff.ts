import { formatPath, overlaps, parsePattern } from "./path.ts";
import type { PathPattern, PathStep } from "./path.ts";
import { UNKNOWN, isList, isProperties, sameValue } from "./values.ts";
import type { Properties, PropertyValue } from "./values.ts";

/** How a property changes. */
export type ChangeKind = "add" | "delete" | "update";

/** The change of one property. */
export interface Change {
  readonly kind: ChangeKind;
  /** Whether the change can only be made by a new resource. */
  readonly replaces: boolean;
}

/** What an update would do to a resource. */
export interface Difference {
  /** Changed properties by path in Pulumi's notation, such as `spec.ports[0].port`; empty if nothing changes. */
  readonly changes: ReadonlyMap<string, Change>;
  /**
   * Whether a replacement has to delete the old resource first, because both can't exist at once.
   * Defaults to false: the new one is created first.
   */
  readonly deleteBeforeReplace?: boolean;
}

/**
 * Compares a resource's old and new inputs.
 * @param replaceOn Patterns of paths whose change needs a new resource, such as `metadata.name` or `pools[*].type`; a
 *   change at, below, or (where the pattern's value is concerned) above such a path counts. An unknown new value counts as a change.
 */
export function diffInputs(
  oldInputs: Properties,
  newInputs: Properties,
  replaceOn: readonly string[] = [],
): Difference {
  const patterns = replaceOn.map(parsePattern);
  const changes = new Map<string, Change>();
  const visit = (
    steps: readonly PathStep[],
    before: PropertyValue | undefined,
    after: PropertyValue | undefined,
  ) => {
    if (sameValue(before, after)) {
      return;
    }
    if (isList(before) && isList(after)) {
      const length = Math.max(before.length, after.length);
      for (let index = 0; index < length; index++) {
        visit([...steps, index], before[index], after[index]);
      }
      return;
    }
    if (isProperties(before) && isProperties(after)) {
      for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
        visit([...steps, name], before[name], after[name]);
      }
      return;
    }
    const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
    const replaces = patterns.some(
      (pattern) =>
        overlaps(steps, pattern) &&
        (holds(before, pattern.slice(steps.length)) || holds(after, pattern.slice(steps.length))),
    );
    changes.set(formatPath(steps), { kind, replaces });
  };
  for (const name of new Set([...Object.keys(oldInputs), ...Object.keys(newInputs)])) {
    visit([name], oldInputs[name], newInputs[name]);
  }
  return { changes };
}

/** Whether something stands at the rest of a pattern; an unknown value may hold anything. */
function holds(value: PropertyValue | undefined, rest: PathPattern): boolean {
  const [step, ...further] = rest;
  if (step === undefined || value === UNKNOWN) {
    return value !== undefined;
  }
  if (isList(value)) {
    return (step === "*" ? value : [value[Number(step)]]).some((item) => holds(item, further));
  }
  if (isProperties(value)) {
    return (step === "*" ? Object.values(value) : [value[step]]).some((member) => holds(member, further));
  }
  return false;
}
