import type { Command } from "commander";

import { journalName } from "../../components/vault/bootstrap/bootstrap.ts";
import { journalAccess } from "../region/pulumi-stack.ts";
import { renewPulumiAccess, takeoverCommands } from "../servers/pulumi-access.ts";
import { revocationCommand } from "../servers/root-token.ts";
import { requireLeader } from "../servers/settle.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";
import { readRootToken } from "./root-token-source.ts";

interface RenewOptions extends StackOptions {
  readonly file?: string;
}

/** `vfed renew-access` */
export function renewAccessCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "renew-access",
      summary: "end Pulumi's credential, and make another one",
      description:
        "Makes another credential for Pulumi at the region's Vault, and ends the present one with all logins by it, those of a " +
        "running update included. For a state that has leaked with its passphrase, or a machine that ran Pulumi. Until Pulumi " +
        "has taken it over, by the commands that are shown at the end, it can't log in. The root token comes from --file, " +
        "else from VAULT_TOKEN, else it is asked for, or read from stdin. If it was interrupted, run it again.",
      examples: ["vfed renew-access hub --file root-token", "vfed renew-access hub"],
    },
    "1m",
  )
    .option("--file <file>", "file with the token")
    .action((stack: string | undefined, options: RenewOptions) =>
      withRegion(stack, options, async (region) => {
        const opener = await journalAccess(region.stack, options.cwd);
        const leader = await requireLeader(region.servers.all);
        const rootToken = await readRootToken(options.file, terminal);
        await renewPulumiAccess({
          stack: region.stack,
          leader,
          rootToken,
          config: region.config,
          journal: {
            ...opener,
            namespace: region.outputs.vaultNamespace,
            name: journalName,
            deadline: 0,
            // Typing the token takes its time.
            graceMilliseconds: options.timeout,
          },
        });
        reportNext(region.stack, options, terminal);
      }),
    );
}

/** Says what is left to do once there is another credential. */
export function reportNext(
  stack: string,
  { file, json }: Pick<RenewOptions, "file" | "json">,
  terminal: Terminal,
): void {
  const commands = takeoverCommands(stack);
  terminal.report(
    "Pulumi's credential was renewed: the former one is refused, and all logins by it are over. " +
      "Have Pulumi take the new one over:",
  );
  for (const command of commands) {
    terminal.report(`  ${command}`);
  }
  const revocation = revocationCommand(stack, file);
  terminal.report(`Nothing else here needs the root token. Revoke it: ${revocation}`);
  if (json === true) {
    terminal.result(JSON.stringify({ stack, renewed: true, next: [...commands, revocation] }));
  }
}
