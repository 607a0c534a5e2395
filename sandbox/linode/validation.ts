import { z } from "zod";
import { ApiError } from "./answer.ts";

/** Free-form tags of a Linode object; they keep their order, duplicates are dropped. */
export const tags = z
  .array(z.string().min(3, "Tags must be 3 to 50 characters").max(50, "Tags must be 3 to 50 characters"))
  .transform((list) => [...new Set(list)]);

/** The name of an object that is unique among its kind. */
export function uniqueLabel(isTaken: (label: string) => boolean) {
  return z
    .string()
    .regex(
      /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/,
      "Must be 1 to 64 letters, digits, dots, dashes and underscores, and begin and end with a letter or digit",
    )
    .refine((label) => !isTaken(label), { error: "Label must be unique among your objects of this kind" });
}

/**
 * Reads the body of a request.
 * @throws ApiError 400 with every problem of the body, in the order of its fields.
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body ?? {}, { error: requiredMessage });
  if (result.success) {
    return result.data;
  }
  throw new ApiError(
    400,
    result.error.issues.map((issue) => {
      const reason =
        issue.code === "invalid_key" ? issue.issues.map(({ message }) => message).join("; ") : issue.message;
      return issue.path.length === 0 ? { reason } : { reason, field: fieldName(issue.path) };
    }),
  );
}

function requiredMessage(issue: {
  code?: string;
  input?: unknown;
  path?: PropertyKey[];
}): string | undefined {
  const name = issue.path?.at(-1);
  if (issue.code === "invalid_type" && issue.input === undefined && name !== undefined) {
    return `${String(name)} is required`;
  }
  return undefined;
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === "number") {
      return `${name}[${String(part)}]`;
    }
    return name === "" ? String(part) : `${name}.${String(part)}`;
  }, "");
}
