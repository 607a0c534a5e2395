import process from "node:process";

import type { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { chosenPeers, openLinks } from "../links/region-links.ts";
import { rotateAll } from "../links/rotate.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";

/** `vfed link rotate` */
export function linkRotateCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "rotate",
      summary: "give peers a fresh token now",
      description:
        "Has a fresh token minted for one peer of a region, or for all of them, carries it there, and waits for both. " +
        "It replaces the one that the peer had, which goes on working until its life is over. Ends with 2 if something hangs.",
      examples: ["vfed link rotate hub", "vfed link rotate hub --peer edge"],
    },
    "5m",
  )
    .option("--peer <name>", "only this peer")
    .action((stack: string | undefined, options: StackOptions & { readonly peer?: string }) =>
      withRegion(stack, options, async (region) => {
        const links = await openLinks(region);
        const chosen = chosenPeers(links, region.stack, options.peer);
        const rotations = await rotateAll(links.cluster.synced, chosen, options.timeout);
        for (const { peer, obstacle } of rotations) {
          terminal.report(obstacle === "" ? `✓ ${peer} has a fresh token` : `✗ ${peer}: ${obstacle}`);
        }
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: region.stack, rotations }, undefined, 2));
        }
        process.exitCode = rotations.every(({ obstacle }) => obstacle === "")
          ? exitCodes.fine
          : exitCodes.unknown;
      }),
    );
}
