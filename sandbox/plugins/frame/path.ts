/** One step of a property path: a member's name or a place in a list. */
export type PathStep = string | number;

/** Names that need brackets and quotes (PropertyPath of the Pulumi SDK). */
const QUOTED = /^$|[.[\]"]/;

/** Appends a step to a path in Pulumi's notation: `a.b[0]["c.d"]`. */
export function appendPath(path: string, step: PathStep): string {
  if (typeof step === "number") {
    return `${path}[${String(step)}]`;
  }
  if (QUOTED.test(step)) {
    return `${path}["${step.replaceAll('"', '\\"')}"]`;
  }
  return path === "" ? step : `${path}.${step}`;
}

/** Writes steps as a path in Pulumi's notation. */
export function formatPath(steps: readonly PathStep[]): string {
  return steps.reduce<string>(appendPath, "");
}

/** A path with holes: `*` stands for any name or place. */
export type PathPattern = readonly string[];

/** Reads a pattern such as `metadata.name` or `pools[*].type`. Names that contain `.` or brackets can't be written. */
export function parsePattern(pattern: string): PathPattern {
  return pattern.replaceAll("[*]", ".*").split(".");
}

/** Whether the first steps of a path and a pattern agree, up to the shorter of the two. */
export function overlaps(steps: readonly PathStep[], pattern: PathPattern): boolean {
  return steps.every((step, index) => {
    const expected = pattern[index] ?? "*";
    return expected === "*" || expected === String(step);
  });
}
