import { Argument, type Command } from "commander";

import { objectName, sourcesNamespace } from "../../components/federation/secret-paths.ts";
import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { actionNeeded, exitCodes, Failure } from "../failure.ts";
import { notLinked } from "../links/region-links.ts";
import type { Delivery } from "../secrets/delivery.ts";
import type { RegionSecrets } from "../secrets/region-secrets.ts";
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
  return oneSecretCommand(help).addOption(
    timeoutOption("a look at other regions' changes before, and for all Vaults to have this one", "1m"),
  );
}

/** Has a change count from what other regions have brought here, or says that it can't: a region works alone, too. */
export async function refreshFor(
  terminal: Terminal,
  secrets: RegionSecrets,
  secret: PlannedSecret,
  timeout: number,
): Promise<void> {
  const obstacle = await secrets.refresh(secret, Date.now() + timeout);
  if (obstacle !== "") {
    terminal.report(
      `! the last changes of other regions could not be looked at: ${obstacle}. ` +
        `${secrets.stack} goes on from those that it saw before; one of another region may win over this one.`,
    );
  }
}

/** What came of a change, for scripts. */
export interface ChangeReport {
  readonly stack: string;
  readonly path: string;
  readonly revision: number;
  /** The region whose change holds now, where several write the secret. */
  readonly winner?: string;
  readonly deliveries: readonly Delivery[];
  /** Peers that it does not go to yet, as there is no link to them; absent where there is none. */
  readonly awaits?: readonly string[];
}

/**
 * Looks whose change of a secret holds now, and says what came of this one.
 * @throws Failure as {@link reportChange} does.
 */
export async function concludeChange(
  terminal: Terminal,
  secrets: RegionSecrets,
  secret: PlannedSecret,
  { revision, deliveries }: Pick<ChangeReport, "revision" | "deliveries">,
  json: true | undefined,
): Promise<void> {
  const { path, awaits } = secret;
  const winner = await secrets.winner(secret);
  reportChange(terminal, { stack: secrets.stack, path, revision, winner, deliveries, awaits }, json);
}

/**
 * Says what came of a change.
 * @throws Failure if it does not hold, or has not arrived everywhere.
 */
export function reportChange(terminal: Terminal, report: ChangeReport, json: true | undefined): void {
  const { deliveries, awaits = [] } = report;
  for (const { store, path, obstacle } of deliveries) {
    terminal.report(obstacle === "" ? `✓ ${path} in ${store}` : `✗ ${path} in ${store}: ${obstacle}`);
  }
  for (const peer of awaits) {
    terminal.report(`✗ ${peer} can't get it: ${notLinked(peer)}`);
  }
  if (json === true) {
    terminal.result(JSON.stringify(report, undefined, 2));
  }
  const failure = failureIn(report);
  if (failure !== undefined) {
    throw failure;
  }
}

function failureIn({
  stack,
  path,
  revision,
  winner,
  deliveries,
  awaits = [],
}: ChangeReport): Failure | undefined {
  const written = `revision ${revision} of ${path} is written, but`;
  if (winner !== undefined && winner !== stack) {
    return actionNeeded(
      `${written} ${winner} changed ${path} at the same time, and its change holds. Look at it with vfed secret get; ` +
        "if yours is to hold, run the same command again.",
    );
  }
  const storesOf = (chosen: (delivery: Delivery) => boolean): string[] =>
    deliveries.filter(chosen).map(({ store }) => store);
  const kept = storesOf((delivery) => delivery.kept === "yes");
  if (kept.length > 0) {
    return actionNeeded(
      `${kept.join(", ")} kept what was there: with \`overwrite: false\` ${path} is written only where nothing is yet. ` +
        `If what was entered now is to take its place, set secrets["${path}"].overwrite to true in Pulumi.${stack}.yaml ` +
        `and run \`pulumi up\`. If not, delete that (kubectl delete secret -n ${sourcesNamespace} ${objectName(path)}), and run ` +
        "`vfed secret restore`, which gets back what a peer has.",
    );
  }
  const hanging = [...storesOf(({ obstacle }) => obstacle !== ""), ...awaits];
  if (hanging.length === 0) {
    return undefined;
  }
  return new Failure(
    exitCodes.unknown,
    deliveries.some((delivery) => delivery.kept === "unknown")
      ? `${written} it is not known whether it is in ${hanging.join(", ")}: with \`overwrite: false\` each keeps what it ` +
          "has. Look there once what is said above is mended; `vfed link status` compares the Vaults."
      : `${written} has not arrived in ${hanging.join(", ")}. It follows by itself once what is said above is mended; ` +
          "`vfed secret list` shows when.",
  );
}

/** Who writes a secret, in a few words; how, a region knows of its own only. */
export function describeWriters({ writers, source, generated }: PlannedSecret): string {
  if (source === undefined) {
    return `comes from ${writers.join(", ")}`;
  }
  return `${generated === undefined ? "entered" : "generated"} in ${writers.join(", ")}`;
}
