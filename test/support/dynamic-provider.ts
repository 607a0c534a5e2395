import { createRequire } from "node:module";

import type { dynamic } from "@pulumi/pulumi";

/**
 * Brings the serialised code of a dynamic resource to life in the way Pulumi does when it needs it: from its text
 * alone, in the program's folder.
 */
export function revive(code: string): dynamic.ResourceProvider {
  const require = createRequire(import.meta.resolve("@pulumi/pulumi"));
  const load = require("require-from-string") as (code: string) => { handler(): dynamic.ResourceProvider };
  return load(code).handler();
}
