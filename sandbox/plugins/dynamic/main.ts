import { createRequire } from "node:module";
import { join } from "node:path";
import { leaveWithParent } from "../frame/parent.ts";

// Pulumi's own server of dynamic resources, taken from the SDK of the program in whose folder the engine starts this.
// On its own it would outlive an engine that was killed.
leaveWithParent(() => process.exit(0));
createRequire(join(process.cwd(), "package.json"))("@pulumi/pulumi/cmd/dynamic-provider");
