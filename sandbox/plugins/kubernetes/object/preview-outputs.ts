import type { Properties } from "../../frame/values.ts";

/** Outputs of a preview: the status is left out, which makes it unknown, as nothing is known of what will become of it. */
export function previewOf(object: Properties): Properties {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== "status"));
}
