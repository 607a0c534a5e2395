import type { Command } from "commander";

import { actionNeeded } from "../failure.ts";
import { deliver } from "../secrets/delivery.ts";
import { RegionSecrets } from "../secrets/region-secrets.ts";
import { removedSource } from "../secrets/source.ts";
import type { Terminal } from "../terminal.ts";
import { changeCommand, concludeChange, refreshFor, type ChangeOptions } from "./secret-options.ts";

interface RemoveOptions extends ChangeOptions {
  readonly yes?: true;
}

/** `vfed secret remove` */
export function secretRemoveCommand(terminal: Terminal): Command {
  return changeCommand({
    name: "remove",
    summary: "remove the values of a secret from all Vaults",
    description:
      "Removes the values of a shared secret in all regions: a tombstone takes their place, so that no region that was " +
      "away brings them back. Older versions stay in each Vault's history until that is destroyed. " +
      "Whoever still consumes the secret loses it.",
    examples: ["vfed secret remove app/database --yes --stack hub"],
  })
    .option("--yes", "remove it, whoever still consumes it")
    .action(async (path: string, options: RemoveOptions) => {
      const secrets = await RegionSecrets.open(options.stack, options.cwd);
      const secret = secrets.writable(path);
      if (options.yes !== true) {
        throw actionNeeded(
          `workloads that consume ${path} lose it in every region. If none does, run the command with --yes.`,
        );
      }
      await refreshFor(terminal, secrets, secret, options.timeout);
      const current = await secrets.current(secret);
      if (current.removed || current.revision === 0) {
        throw actionNeeded(`${path} has no values that could be removed. Look at it with vfed secret get.`);
      }
      const { revision } = await secrets.change(secret, (state) => removedSource(secret, state));
      terminal.report(`wrote revision ${revision} of ${path}, which removes it`);
      const deliveries = await deliver(secrets.objects, secret, revision, Date.now() + options.timeout);
      await concludeChange(terminal, secrets, secret, { revision, deliveries }, options.json);
    });
}
