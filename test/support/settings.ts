import { settingsSchema, type Settings } from "../../config/settings.ts";
import { operators } from "./operators.ts";

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
    vault: { operators: structuredClone(operators), threshold: 2 },
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
export function settingsOf(input: Record<string, unknown> = minimalInput()): Promise<Settings> {
  return settingsSchema.parseAsync(input);
}

/** What the schema finds wrong with an input, as property and what is allowed there. */
export async function findings(input: unknown): Promise<string[]> {
  const parsed = await settingsSchema.safeParseAsync(input);
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

/**
 * What the schema says in the words of its own library, which nobody who writes a configuration knows, when all kinds
 * of values stand at the given properties.
 */
export async function wordsOfTheLibrary(properties: readonly string[]): Promise<string[]> {
  const values = [undefined, null, 5, 1.5, "", "x y", true, [], {}, [1], [{}]];
  const inputs = properties.flatMap((property) => values.map((value) => inputWith(property, value)));
  const found = (await Promise.all(inputs.map(findings))).flat();
  return found
    .filter((finding) => /invalid|expected|received|too (small|big)/i.test(finding))
    .filter((finding) => !finding.includes("Unrecognized key"));
}
