import { z } from "zod";

// Source: techdocs.akamai.com, "Labels and taints", and "Labels and Selectors" at kubernetes.io.
const CHARACTERS = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const DOMAIN_PART = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text is a name, or a domain, a slash and a name. */
function isKey(key: string, limits: { readonly total: number; readonly afterDomain: number }): boolean {
  const [name = "", domain, ...rest] = key.split("/").toReversed();
  const isDomain = domain?.split(".").every((part) => DOMAIN_PART.test(part)) ?? true;
  const longest = domain === undefined ? 63 : limits.afterDomain;
  return (
    rest.length === 0 &&
    isDomain &&
    CHARACTERS.test(name) &&
    name.length <= longest &&
    key.length <= limits.total
  );
}

const value = z
  .string()
  .regex(CHARACTERS, "Must begin with a letter or number")
  .max(63, "Must be 1 to 63 characters");

/** Labels of a pool's nodes. */
export const labels = z.record(
  z
    .string()
    .refine((key) => isKey(key, { total: 128, afterDomain: 62 }), { error: "Must be a valid label key" }),
  value,
);

/** A taint of a pool's nodes. */
export const taint = z.object({
  key: z
    .string()
    .refine((key) => isKey(key, { total: 253, afterDomain: 63 }), { error: "Must be a valid taint key" }),
  value,
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"], {
    error: "Must be NoSchedule, PreferNoSchedule or NoExecute",
  }),
});
