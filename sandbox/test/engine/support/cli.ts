import { acquireTools } from "../../../tools/acquire.ts";

const tools = await acquireTools(["pulumi"]);

/** Path of the Pulumi CLI that the tests run: the sandbox's own, made first if it is not in the cache. */
export function cliUnderTest(): string {
  return tools.program("pulumi");
}
