import { rm } from "node:fs/promises";

import type { Command } from "commander";

import { revokeRootToken } from "../servers/root-token.ts";
import { requireLeader } from "../servers/settle.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";
import { readRootToken } from "./root-token-source.ts";

interface RevokeOptions extends StackOptions {
  readonly file?: string;
}

/** `vfed revoke-root` */
export function revokeRootCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "revoke-root",
      summary: "revoke a root token",
      description:
        "Revokes a root token. It comes from --file, else from VAULT_TOKEN, else it is asked for, or read from stdin.",
      examples: ["vfed revoke-root hub", "vfed revoke-root hub --file root-token"],
    },
    "1m",
  )
    .option("--file <file>", "file with the token, which is deleted then")
    .action((stack: string | undefined, options: RevokeOptions) =>
      withRegion(stack, options, async (region) => {
        const leader = await requireLeader(region.servers.all);
        await revokeRootToken(leader, await readRootToken(options.file, terminal));
        if (options.file !== undefined) {
          await rm(options.file);
        }
        terminal.report("the root token is revoked");
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: region.stack, revoked: true }));
        }
      }),
    );
}
