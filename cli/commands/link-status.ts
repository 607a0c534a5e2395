import process from "node:process";

import type { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { openLinks } from "../links/region-links.ts";
import { renderLink } from "../links/render.ts";
import { linkProblems, linkStatuses } from "../links/status.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";

/** `vfed link status` */
export function linkStatusCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "status",
      summary: "show tokens, pushes and differences between Vaults",
      description:
        "Shows for each peer of a region how old its tokens are and how long they live, when each secret was last " +
        "pushed, and which secrets are not the same in both Vaults: by version, and by a hash with a key of this run. Of a " +
        "secret with several writers it compares this region's part only; see `vfed secret list` of the peer, too.",
      examples: ["vfed link status hub", "vfed link status edge --json"],
    },
    "1m",
  ).action((stack: string | undefined, options: StackOptions) =>
    withRegion(stack, options, async (region) => {
      const statuses = await linkStatuses(await openLinks(region), Date.now());
      const problems = statuses.flatMap(linkProblems);
      terminal.result(
        options.json === true
          ? JSON.stringify({ stack: region.stack, links: statuses, problems }, undefined, 2)
          : statuses.length === 0
            ? `${region.stack} has no peers`
            : statuses.map(renderLink).join("\n"),
      );
      process.exitCode = problems.length === 0 ? exitCodes.fine : exitCodes.actionNeeded;
    }),
  );
}
