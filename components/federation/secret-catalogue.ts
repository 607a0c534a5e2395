import type { SecretPlan } from "./secret-plan.ts";

const dataKey = "plan.json";

/** The ConfigMap beside the sources by which `vfed` knows what the configuration says: paths and names, no values. */
export const catalogue = {
  /** Its name. */
  name: "shared-secrets",
  /** Its data. */
  data(plan: SecretPlan): Record<string, string> {
    return { [dataKey]: JSON.stringify(plan) };
  },
  /** The plan that its data holds; undefined if there is none. */
  read(data: Readonly<Record<string, string>> | undefined): SecretPlan | undefined {
    const text = data?.[dataKey];
    return text === undefined ? undefined : (JSON.parse(text) as SecretPlan);
  },
} as const;
