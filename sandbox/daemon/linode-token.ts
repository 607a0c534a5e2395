import { randomBytes } from "node:crypto";
import { join } from "node:path";

import type { StateFolder } from "../state/folder.ts";
import { readOrMake } from "../state/whole-file.ts";

/** The token that opens the emulated Linode API. It stays the same, so that a shell that has it keeps working. */
export function ensureLinodeToken(folder: StateFolder): Promise<string> {
  return readOrMake(join(folder.root, "linode-token"), () => randomBytes(32).toString("hex"));
}
