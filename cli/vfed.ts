#!/usr/bin/env node
import process from "node:process";

import { Command, CommanderError } from "commander";

import { generateRootCommand } from "./commands/generate-root.ts";
import { linkCommand } from "./commands/link.ts";
import { exitCodeHelp } from "./commands/options.ts";
import { rekeyCommand } from "./commands/rekey.ts";
import { renewAccessCommand } from "./commands/renew-access.ts";
import { revokeRootCommand } from "./commands/revoke-root.ts";
import { rollCommand } from "./commands/roll.ts";
import { secretCommand } from "./commands/secret.ts";
import { statusCommand } from "./commands/status.ts";
import { unsealCommand } from "./commands/unseal.ts";
import { exitCodeOf, exitCodes, reasonOf } from "./failure.ts";
import { processTerminal } from "./terminal.ts";

const program = new Command("vfed")
  .description(
    "What the operators of a region's Vault do by hand. Servers are reached through the Kubernetes API, " +
      "with what the stack's outputs say.",
  )
  .addHelpText("after", `\nvfed <command> --help explains a command, with examples.\n${exitCodeHelp}`);

program.exitOverride().showHelpAfterError("vfed --help lists the commands");
for (const command of [
  statusCommand(processTerminal),
  unsealCommand(processTerminal),
  rollCommand(processTerminal),
  generateRootCommand(processTerminal),
  renewAccessCommand(processTerminal),
  revokeRootCommand(processTerminal),
  rekeyCommand(processTerminal),
  linkCommand(processTerminal),
  secretCommand(processTerminal),
]) {
  for (const [part, name] of [
    [command, command.name()] as const,
    ...command.commands.map((sub) => [sub, `${command.name()} ${sub.name()}`] as const),
  ]) {
    part.exitOverride().showHelpAfterError(`vfed ${name} --help explains it, with examples`);
  }
  program.addCommand(command);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what it has to say; help and the like are no mistakes.
    process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.usage;
  } else {
    process.exitCode = exitCodeOf(error);
    process.stderr.write(`vfed: ${reasonOf(error)}\n`);
  }
}
