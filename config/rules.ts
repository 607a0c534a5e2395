import { z } from "zod";

/** A length of time with its unit, such as `90s`, `20m` or `87600h`. */
export type Duration = `${number}${"s" | "m" | "h"}`;

/** The message that a broken rule leaves: what would have been allowed. */
export function allowed(values: string): { error: string } {
  return { error: values };
}

/** A text of a certain form; `values` says which. */
export function text(form: RegExp, values: string): z.ZodString {
  return z.string(allowed(values)).regex(form, allowed(values));
}

/**
 * A rule about one member of an object that depends on others, for `superRefine`: unlike those of `refine` its finding
 * shows that member, and not the whole object.
 */
export function memberRule<T extends object>(
  member: keyof T & string,
  holds: (value: T) => boolean,
  values: string,
): (value: T, context: z.RefinementCtx<T>) => void {
  return (value, context) => {
    if (!holds(value)) {
      context.addIssue({ code: "custom", message: values, path: [member], input: value[member] });
    }
  };
}

/**
 * Has a rule between members of an object checked as soon as those are right that it reads, for `superRefine`: by default
 * nothing is said of it before all members are.
 * @param members What the rule reads, such as `vault.mode`. Beside them there may be anything.
 */
export function onceRight(...members: readonly string[]): z.core.$ZodSuperRefineParams {
  const paths = members.map((member) => member.split("."));
  return { when: ({ issues }) => !issues.some((issue) => paths.some((path) => spoils(issue, path))) };
}

/** Whether an issue is about a member, or something around or within it. What has a property too many is right otherwise. */
function spoils({ code, path = [] }: z.core.$ZodRawIssue, member: readonly string[]): boolean {
  return (
    code !== "unrecognized_keys" &&
    path.every((step, index) => index >= member.length || step === member[index])
  );
}

/** A whole number within bounds. */
export function wholeNumber(from: number, to: number): z.ZodNumber {
  const range = allowed(`a whole number from ${from} to ${to}`);
  // Not by `int`, which would end all checks, those of `onceRight` included.
  return z.number(range).refine((value) => Number.isInteger(value) && value >= from && value <= to, range);
}

/** A {@link Duration}. */
export const duration = text(
  /^[1-9]\d*[smh]$/,
  "a whole number with a unit, such as 90s, 20m or 24h",
  // Not by `custom`, as in `wholeNumber`.
).pipe(z.custom<Duration>());

/** Converts a duration to seconds. */
export function seconds(value: Duration): number {
  const perUnit = { s: 1, m: 60, h: 3600 };
  return Number.parseInt(value, 10) * perUnit[value.slice(-1) as keyof typeof perUnit];
}

/**
 * Writes a duration in Go's own form, in which the webhooks of Kubernetes components write it back: any other would look
 * like drift.
 */
export function goDuration(duration: Duration): string {
  const total = seconds(duration);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60)];
  const larger = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : "";
  return `${larger}${total % 60}s`;
}

/** Reads a length of time in Go's own form, as Kubernetes components write it; undefined if it is none of whole seconds. */
export function secondsOfGo(text: string): number | undefined {
  const [whole, hours = "0", minutes = "0", rest = "0"] =
    /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? [];
  return whole === undefined || whole === ""
    ? undefined
    : Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}
