import type { Command } from "commander";

import { actionNeeded } from "../failure.ts";
import { actingAs, actors } from "../links/login.ts";
import { openLinks, peerNamed, peersToken } from "../links/region-links.ts";
import { revokePeer } from "../links/revoke.ts";
import type { Terminal } from "../terminal.ts";
import { stackCommand, withRegion, type StackOptions } from "./options.ts";

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
