import type { Command } from "commander";

import { unsealServers } from "../servers/unseal.ts";
import type { Terminal } from "../terminal.ts";
import {
  moreSharesNeeded,
  stackCommand,
  unsealShares,
  withRegion,
  withShares,
  type ShareOptions,
} from "./options.ts";

/** `vfed unseal` */
export function unsealCommand(terminal: Terminal): Command {
  return withShares(
    stackCommand(
      {
        name: "unseal",
        summary: "unseal the servers with key shares",
        description:
          "Unseals a region's Vault servers, one after the other, and waits until they have joined. Operators may each " +
          "give their share from their own machine. Where a key service unseals, it says what holds that up.",
        examples: [
          "vfed unseal hub",
          "vfed unseal hub --key alice.asc --key bob.asc",
          "vfed unseal hub < shares",
        ],
      },
      "5m",
    ),
  ).action((stack: string | undefined, options: ShareOptions) =>
    withRegion(stack, options, async (region) => {
      const outcomes = await unsealServers({
        servers: region.servers.all,
        shares: await unsealShares(region, options, terminal),
        report: terminal.report,
        timeoutMilliseconds: options.timeout,
      });
      if (options.json === true) {
        terminal.result(JSON.stringify({ stack: region.stack, servers: outcomes }, undefined, 2));
      }
      const incomplete = outcomes.filter(({ outcome }) => outcome === "incomplete");
      if (incomplete.length > 0) {
        const missing = incomplete.map(
          ({ server, progress, threshold }) => `${server} has ${progress} of ${threshold} shares`,
        );
        throw moreSharesNeeded(missing.join(", "), `vfed unseal ${region.stack}`);
      }
    }),
  );
}
