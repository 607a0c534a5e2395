import process from "node:process";

import type { Command } from "commander";

import { exitCodes, type ExitCode } from "../failure.ts";
import { chosenPeers, openLinks } from "../links/region-links.ts";
import { visitPeer } from "../links/visit.ts";
import { Region } from "../region/region.ts";
import { deliver } from "../secrets/delivery.ts";
import { RegionSecrets, type WritableSecret } from "../secrets/region-secrets.ts";
import { isEntered, keptByPeers, type Keeper } from "../secrets/restore.ts";
import type { Terminal } from "../terminal.ts";
import { timeoutOption } from "./options.ts";
import { regionSecretsCommand, type ChangeOptions } from "./secret-options.ts";

interface RestoreOptions extends ChangeOptions {
  readonly peer?: string;
}

/** What came of one secret. */
export interface Restoration {
  readonly path: string;
  readonly outcome: "restored" | "was-there" | "nowhere" | "unknown";
  /** What a person has to know of it. */
  readonly line: string;
}

/** `vfed secret restore` */
export function secretRestoreCommand(terminal: Terminal): Command {
  return regionSecretsCommand({
    name: "restore",
    summary: "get back from peers what was entered in a region that lost its cluster",
    description:
      "Gets back from the peers' Vaults what people had entered in a region before it lost its cluster, and has it pushed " +
      "again. What is there already stays as it is. Ends with 1 if no peer has a secret, and with 2 if one can't be asked: " +
      "it may have the newest value, so that nothing is taken from the others unless --peer says which.",
    examples: ["vfed secret restore --stack hub", "vfed secret restore --stack hub --peer edge"],
  })
    .addOption(timeoutOption("all Vaults to have it", "1m"))
    .option("--peer <name>", "ask only this peer")
    .action(async (options: RestoreOptions) => {
      const secrets = await RegionSecrets.open(options.stack, options.cwd);
      const region = await Region.open(options.stack, options.cwd);
      try {
        const links = await openLinks(region);
        const keepers = chosenPeers(links, region.stack, options.peer).map((linked): Keeper => ({
          peer: linked.peer,
          store: linked.names.store,
          visit: (work) => visitPeer(links, linked, work),
        }));
        const outcomes = await Promise.all(
          secrets.plan.secrets
            .filter(isEntered)
            .map((secret) => restore(secrets, secret, keepers, options.timeout)),
        );
        for (const { line } of outcomes) {
          terminal.report(line);
        }
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: options.stack, secrets: outcomes }, undefined, 2));
        }
        process.exitCode = exitCodeFor(outcomes);
      } finally {
        region.close();
      }
    });
}

/** Gets one secret back, unless the region has it. */
export async function restore(
  secrets: RegionSecrets,
  secret: WritableSecret,
  keepers: readonly Keeper[],
  timeout: number,
): Promise<Restoration> {
  const { path, source, type } = secret;
  if ((await secrets.stored(secret)).source !== undefined) {
    return { path, outcome: "was-there", line: `· ${path} is there` };
  }
  const { newest, unknown } = await keptByPeers(secret, keepers);
  if (unknown.length > 0) {
    return { path, outcome: "unknown", line: `✗ ${path}: ${unknown.join("; ")}` };
  }
  if (newest === undefined) {
    return { path, outcome: "nowhere", line: `? ${path}: no peer has it. Enter it with vfed secret set.` };
  }
  await secrets.objects.writeSource(source, type, newest, undefined);
  const deliveries = await deliver(secrets.objects, secret, newest.revision, Date.now() + timeout);
  const hanging = deliveries.filter(({ obstacle }) => obstacle !== "");
  const words = hanging.map(({ store, obstacle }) => `; not in ${store} yet: ${obstacle}`).join("");
  return { path, outcome: "restored", line: `✓ ${path} restored from ${newest.peer}${words}` };
}

function exitCodeFor(outcomes: readonly Restoration[]): ExitCode {
  const has = (one: Restoration["outcome"]): boolean => outcomes.some(({ outcome }) => outcome === one);
  return has("unknown") ? exitCodes.unknown : has("nowhere") ? exitCodes.actionNeeded : exitCodes.fine;
}
