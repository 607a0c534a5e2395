import { Command } from "commander";

import type { Terminal } from "../terminal.ts";
import { secretGetCommand } from "./secret-get.ts";
import { secretHistoryCommand } from "./secret-history.ts";
import { secretListCommand } from "./secret-list.ts";
import { secretRemoveCommand } from "./secret-remove.ts";
import { secretRestoreCommand } from "./secret-restore.ts";
import { secretSetCommand } from "./secret-set.ts";

/** `vfed secret` */
export function secretCommand(terminal: Terminal): Command {
  const commands = [
    secretSetCommand(terminal),
    secretGetCommand(terminal),
    secretListCommand(terminal),
    secretHistoryCommand(terminal),
    secretRemoveCommand(terminal),
    secretRestoreCommand(terminal),
  ];
  return commands.reduce(
    (parent, command) =>
      parent.addCommand(
        command.exitOverride().showHelpAfterError("vfed secret --help lists the commands and their options"),
      ),
    new Command("secret")
      .summary("write and look at the secrets that cross regions")
      .description(
        "Writes and looks at the secrets that cross regions. Values are never on the command line.",
      ),
  );
}
