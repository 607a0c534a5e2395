import process from "node:process";

import type { Command } from "commander";

import { exitCodes } from "../failure.ts";
import { actingAs, actors } from "../links/login.ts";
import { openLinks, peerNamed, peersToken, type LinkedPeer } from "../links/region-links.ts";
import { revokeLogin } from "../links/revoke-login.ts";
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
        "of them, or a login by JWT, which must be refused; where there was nothing to try, that is not proved, and it ends with 1. What this region pushes " +
        "to the peer goes on. To let the peer in again: `pulumi up --refresh` here, then `pulumi up` there. To " +
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
        const { proved, line } = await actingAs(
          actors.linkOperator,
          links.cluster,
          links.vault,
          async (operator) => {
            const { vault, cluster } = links;
            const forgetToken = (): Promise<void> => cluster.removeSecret(linked.names.outgoingToken);
            // Also where the peer logs in by JWT: it may have tokens from before.
            const tokens = await revokePeer({ operator, vault, peer: linked.peer, token, forgetToken });
            return links.auth === "jwt" ? revokeLogin(operator, vault, linked.peer) : tokens;
          },
        );
        terminal.report(line);
        terminal.report(ownPushes(region.stack, linked));
        if (options.json === true) {
          terminal.result(JSON.stringify({ stack: region.stack, revoked: linked.peer, proved }));
        }
        process.exitCode = proved ? exitCodes.fine : exitCodes.actionNeeded;
      }),
    );
}

/** What a revocation leaves as it is: the other direction, which the peer's Vault decides about. */
export function ownPushes(stack: string, { peer, remote }: LinkedPeer): string {
  return remote === undefined
    ? `${stack} pushes nothing to ${peer}: there is no link in that direction`
    : `${stack} goes on pushing its own secrets to ${peer}. To end that too, remove ${peer} from ` +
        `vault-federation:peers in Pulumi.${stack}.yaml and run \`pulumi up --stack ${stack}\``;
}
