import type { Command } from "commander";

import { replaceStuck, rollServers } from "../servers/roll.ts";
import type { Terminal } from "../terminal.ts";
import {
  environmentToken,
  stackCommand,
  unsealShares,
  withRegion,
  withShares,
  type ShareOptions,
} from "./options.ts";

interface RollOptions extends ShareOptions {
  readonly force?: true;
  readonly othersUnseal?: true;
}

/** `vfed roll` */
export function rollCommand(terminal: Terminal): Command {
  return withShares(
    stackCommand(
      {
        name: "roll",
        summary: "restart outdated servers in order",
        description:
          "Restarts the servers whose pods are older than their StatefulSet's specification: standbys first, the leader " +
          "last, each unsealed (by shares, or by its key service) and all healthy before the next one. Refuses to begin " +
          "while a server is not healthy, but for those that are outdated and do not run, which it replaces first.",
        examples: [
          "vfed roll hub --key alice.asc --key bob.asc",
          "vfed roll hub --force",
          "vfed roll hub --others-unseal --timeout 1h",
        ],
      },
      "10m",
    )
      .option("--force", "restart all servers, whether they need it or not")
      .option(
        "--others-unseal",
        "give what shares there are, and wait for other operators to run `vfed unseal`",
      ),
  ).action((stack: string | undefined, options: RollOptions) =>
    withRegion(stack, options, async (region) => {
      const servers = {
        servers: region.servers.all,
        host: region.pods,
        report: terminal.report,
        timeoutMilliseconds: options.timeout,
      };
      // Only servers that run say whether shares are needed.
      const replaced = await replaceStuck(servers);
      const restarted = await rollServers({
        ...servers,
        replaced,
        shares: await unsealShares(region, options, terminal),
        all: options.force ?? false,
        othersUnseal: options.othersUnseal ?? false,
        token: environmentToken(),
      });
      if (options.json === true) {
        terminal.result(JSON.stringify({ stack: region.stack, restarted }, undefined, 2));
      } else if (restarted.length === 0) {
        terminal.report("every server runs what its StatefulSet asks for; nothing was restarted");
      }
    }),
  );
}
