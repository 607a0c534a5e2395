import { Command } from "commander";

import type { Terminal } from "../terminal.ts";
import { linkPushCommand } from "./link-push.ts";
import { linkRevokeCommand } from "./link-revoke.ts";
import { linkRotateCommand } from "./link-rotate.ts";
import { linkStatusCommand } from "./link-status.ts";

/** `vfed link` */
export function linkCommand(terminal: Terminal): Command {
  return new Command("link")
    .summary("look at, renew and cut the links between regions")
    .description("Looks at, renews and cuts the links between regions.")
    .addCommand(linkStatusCommand(terminal))
    .addCommand(linkPushCommand(terminal))
    .addCommand(linkRotateCommand(terminal))
    .addCommand(linkRevokeCommand(terminal));
}
