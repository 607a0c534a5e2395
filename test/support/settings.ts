import { settingsSchema, type Settings } from "../../config/settings.ts";

/** The least that a stack must say, and what tests lay over it. */
export function minimalInput(): Record<string, unknown> {
  return {
    role: "hub",
    cluster: {
      label: "region-a",
      region: "us-ord",
      kubernetesVersion: "1.35",
      systemPool: { type: "g6-standard-4", count: 3 },
    },
  };
}

/**
 * A stack's input with one value put in place, at a path such as `cluster.systemPool.taints[0].key`; `undefined` takes
 * the property away.
 */
export function inputWith(path: string, value: unknown): Record<string, unknown> {
  const input = minimalInput();
  const steps = path.split(/[.[]/).map((step) => (step.endsWith("]") ? Number.parseInt(step, 10) : step));
  const last = steps.pop() ?? "";
  let place = input as Record<string | number, unknown>;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1] ?? last;
    place[step] ??= typeof next === "number" ? [] : {};
    place = place[step] as Record<string | number, unknown>;
  }
  place[last] = value;
  return input;
}

/** Settings with all their defaults, from an input that must be right. */
export function settingsOf(input: Record<string, unknown> = minimalInput()): Settings {
  return settingsSchema.parse(input);
}
