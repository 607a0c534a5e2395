import process from "node:process";

import type { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { pushAgain } from "../links/push-again.ts";
import { chosenPeers, openLinks } from "../links/region-links.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";

/** `vfed link push` */
export function linkPushCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "push",
      summary: "push everything to peers again now",
      description:
        "Has everything that a region pushes to its peers pushed now, and waits for it: after an outage External Secrets " +
        "tries by itself, but ever more rarely, up to a quarter of an hour apart. Ends with 2 if something hangs.",
      examples: ["vfed link push hub", "vfed link push hub --peer edge"],
    },
    "1m",
  )
    .option("--peer <name>", "only this peer")
    .action((stack: string | undefined, options: StackOptions & { readonly peer?: string }) =>
      withRegion(stack, options, async (region) => {
        const links = await openLinks(region);
        const chosen = chosenPeers(links, region.stack, options.peer);
        const deadline = Date.now() + options.timeout;
        const attempts = (
          await Promise.all(chosen.map((peer) => pushAgain(links.cluster.synced, peer, deadline)))
        ).flat();
        for (const { peer, name, obstacle } of attempts) {
          terminal.report(obstacle === "" ? `✓ ${peer}: ${name}` : `✗ ${peer}: ${name}: ${obstacle}`);
        }
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: region.stack, pushes: attempts }, undefined, 2));
        }
        process.exitCode = attempts.every(({ obstacle }) => obstacle === "")
          ? exitCodes.fine
          : exitCodes.unknown;
      }),
    );
}
