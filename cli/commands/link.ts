import process from "node:process";

import { Command } from "commander";

import { actionNeeded, exitCodes } from "../failure.ts";
import { actingAs, actors } from "../links/login.ts";
import { pushAgain } from "../links/push-again.ts";
import {
  openLinks,
  peerNamed,
  peersToken,
  type LinkedPeer,
  type RegionLinks,
} from "../links/region-links.ts";
import { renderLink } from "../links/render.ts";
import { revokePeer } from "../links/revoke.ts";
import { rotate } from "../links/rotate.ts";
import { linkProblems, linkStatuses } from "../links/status.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";

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

/** `vfed link status` */
export function linkStatusCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "status",
      summary: "show tokens, pushes and differences between Vaults",
      description:
        "Shows for each peer of a region how old its tokens are and how long they live, when each secret was last " +
        "pushed, and which secrets are not the same in both Vaults: by version, and by a hash with a key of this run.",
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
        const deadline = Date.now() + options.timeout;
        const attempts = await Promise.all(
          chosenPeers(links, region.stack, options.peer).map((peer) =>
            pushAgain(links.cluster.synced, peer, deadline),
          ),
        );
        for (const { name, obstacle } of attempts.flat()) {
          terminal.report(obstacle === "" ? `✓ ${name}` : `✗ ${name}: ${obstacle}`);
        }
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: region.stack, pushes: attempts.flat() }, undefined, 2));
        }
        process.exitCode = attempts.flat().every(({ obstacle }) => obstacle === "")
          ? exitCodes.fine
          : exitCodes.unknown;
      }),
    );
}

/** `vfed link rotate` */
export function linkRotateCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "rotate",
      summary: "give peers a fresh token now",
      description:
        "Has a fresh token minted for one peer of a region, or for all of them, carries it there, and waits for both. " +
        "It replaces the one that the peer had, which goes on working until its life is over.",
      examples: ["vfed link rotate hub", "vfed link rotate hub --peer edge"],
    },
    "5m",
  )
    .option("--peer <name>", "only this peer")
    .action((stack: string | undefined, options: StackOptions & { readonly peer?: string }) =>
      withRegion(stack, options, async (region) => {
        const links = await openLinks(region);
        const chosen = chosenPeers(links, region.stack, options.peer);
        for (const { peer, names } of chosen) {
          await rotate(links.cluster.synced, names.outgoingToken, Date.now() + options.timeout);
          terminal.report(`${peer} has a fresh token`);
        }
        if (options.json === true) {
          const rotated = chosen.map(({ peer }) => peer);
          terminal.result(JSON.stringify({ stack: region.stack, rotated }));
        }
      }),
    );
}

/** `vfed link revoke` */
export function linkRevokeCommand(terminal: Terminal): Command {
  return stackCommand(
    {
      name: "revoke",
      summary: "cut a peer off at once, and prove it",
      description:
        "Ends all tokens that a region's Vault has made for a peer, and the role that new ones come from; then tries one " +
        "of them, which must be refused. To let the peer in again: `pulumi up --refresh` here, then `pulumi up` there. To " +
        "keep it out, remove it from vault-federation:peers.",
      examples: ["vfed link revoke hub --peer edge"],
    },
    "1m",
  )
    .requiredOption("--peer <name>", "the peer that is cut off")
    .action((stack: string | undefined, options: StackOptions & { readonly peer: string }) =>
      withRegion(stack, options, async (region) => {
        const links = await openLinks(region);
        const linked = peerNamed(links, region.stack, options.peer);
        // Before the first rotation the peer has no token but the one of the update.
        const token = (await peersToken(links, linked)) ?? linked.firstToken;
        if (token === undefined) {
          throw actionNeeded(
            `${linked.peer} has no token here that could be revoked. Where it logs in by JWT, remove it from ` +
              "vault-federation:peers and run `pulumi up`.",
          );
        }
        await actingAs(actors.linkOperator, links.cluster, links.vault, (operator) =>
          revokePeer({
            operator,
            vault: links.vault,
            peer: linked.peer,
            token,
            forgetToken: () => links.cluster.removeSecret(linked.names.outgoingToken),
          }),
        );
        terminal.report(`${linked.peer} is cut off: a token that worked before is refused now`);
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: region.stack, revoked: linked.peer }));
        }
      }),
    );
}

function chosenPeers(links: RegionLinks, stack: string, peer: string | undefined): readonly LinkedPeer[] {
  return peer === undefined ? links.peers : [peerNamed(links, stack, peer)];
}
