import { Argument, type Command } from "commander";

import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Delivery } from "../secrets/delivery.ts";
import type { Terminal } from "../terminal.ts";
import { baseCommand, timeoutOption, type CommandHelp, type SharedOptions } from "./options.ts";

/** Options of commands about a region's shared secrets. */
export interface SecretOptions extends SharedOptions {
  readonly stack: string;
}

/** Options of commands that change one. */
export interface ChangeOptions extends SecretOptions {
  readonly timeout: number;
}

/** A command about a region's shared secrets. */
export function regionSecretsCommand(help: CommandHelp): Command {
  return baseCommand(help).requiredOption("--stack <name>", "stack of the region");
}

/** A command about one shared secret. */
export function oneSecretCommand(help: CommandHelp): Command {
  return regionSecretsCommand(help).addArgument(
    new Argument("<path>", "the secret's path below the mount, such as app/database"),
  );
}

/** A command that changes one shared secret, and waits until the change has arrived. */
export function changeCommand(help: CommandHelp): Command {
  return oneSecretCommand(help).addOption(timeoutOption("all Vaults to have it", "1m"));
}

/** What came of a change, for scripts. */
export interface ChangeReport {
  readonly stack: string;
  readonly path: string;
  readonly revision: number;
  /** The region whose change holds now, where several write the secret. */
  readonly winner?: string;
  readonly deliveries: readonly Delivery[];
}

/**
 * Says what came of a change.
 * @throws Failure if it has not arrived everywhere.
 */
export function reportChange(terminal: Terminal, report: ChangeReport, json: true | undefined): void {
  const { path, revision, winner, stack, deliveries } = report;
  for (const { store, path: place, obstacle } of deliveries) {
    terminal.report(obstacle === "" ? `✓ ${place} in ${store}` : `✗ ${place} in ${store}: ${obstacle}`);
  }
  if (winner !== undefined && winner !== stack) {
    terminal.report(
      `${winner} changed ${path} at the same time, and its change holds. Look at it with vfed secret get.`,
    );
  }
  if (json === true) {
    terminal.result(JSON.stringify(report, undefined, 2));
  }
  const hanging = deliveries.filter(({ obstacle }) => obstacle !== "");
  if (hanging.length > 0) {
    throw new Failure(
      exitCodes.unknown,
      `revision ${revision} of ${path} is written, but has not arrived in ` +
        `${hanging.map(({ store }) => store).join(", ")}. It follows by itself once what is said above is mended; ` +
        "`vfed secret list` shows when.",
    );
  }
}

/** Who writes a secret, in a few words; how, a region knows of its own only. */
export function describeWriters({ writers, source, generated }: PlannedSecret): string {
  if (source === undefined) {
    return `comes from ${writers.join(", ")}`;
  }
  return `${generated === undefined ? "entered" : "generated"} in ${writers.join(", ")}`;
}
