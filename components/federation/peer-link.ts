import * as pulumi from "@pulumi/pulumi";

import type { LinkOutputs, TokenIssue } from "../../config/contract.ts";
import type { LinkSettings } from "../../config/link-settings.ts";
import type { KnownPeer } from "../../config/peer-outputs.ts";
import type { LocalVault } from "../vault/region-vault.ts";
import { linkNames } from "./link-names.ts";
import { linkState } from "./link-state.ts";
import { PeerGrant } from "./peer-grant.ts";
import { RemoteStore } from "./remote-store.ts";
import { TokenRotation } from "./token-rotation.ts";

/** What {@link PeerLink} needs. */
export interface PeerLinkArgs {
  /** This region's name: that of its stack. */
  readonly region: string;
  readonly peer: string;
  /** All peers of the region: with several of them, the objects' names tell them apart. */
  readonly peers: readonly string[];
  /** What the peer said last, and what this region remembers of it. */
  readonly known: KnownPeer;
  /** Paths below the mount that the peer is the home of. */
  readonly writablePaths: readonly string[];
  readonly link: LinkSettings;
  readonly localVault: LocalVault;
}

/**
 * What is between this region and one peer. Creates the grant that lets the peer in; and, once the peer has said where
 * its Vault is and how to log in, the store that leads there and the rotation of the peer's token.
 */
export class PeerLink extends pulumi.ComponentResource {
  /** ClusterSecretStore that leads to the peer's Vault; absent as long as there is no link. */
  readonly storeName?: pulumi.Output<string>;
  /** What the stack exports for the peer, and remembers of it. */
  readonly outputs: LinkOutputs;

  constructor(name: string, args: PeerLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    const { region, peer, known, link } = args;
    // What is known of the peer holds tokens.
    super("vault-federation:federation:PeerLink", name, { region, peer, link }, opts);
    // Like the peer's Vault, its keys are remembered for when it says nothing any more.
    const issuer =
      link.auth === "jwt" ? (known.outputs.serviceAccountIssuer ?? known.remembered.issuer) : undefined;
    const grant = new PeerGrant(
      `${name}-grant`,
      {
        region,
        peer,
        writablePaths: args.writablePaths,
        link,
        lastIssue: known.remembered.tokenIssue,
        issuer,
      },
      { parent: this },
    );

    const state = linkState(region, peer, known);
    void (state.kind === "kept" ? pulumi.log.warn : pulumi.log.info)(state.line, this);
    if (state.kind === "none") {
      this.outputs = { ...grantOutputs(grant), issuer };
    } else {
      const names = linkNames(args.peers, peer);
      const store = new RemoteStore(
        `${name}-store`,
        { region, peer, remote: state.remote, names, refreshInterval: link.refreshInterval },
        { parent: this },
      );
      this.storeName = store.storeName;
      if (link.auth === "token") {
        new TokenRotation(
          `${name}-rotation`,
          { region, peer, localVault: args.localVault, storeName: store.storeName, names, link },
          // The generator's role is the grant's.
          { parent: this, dependsOn: grant },
        );
      }
      this.outputs = { ...grantOutputs(grant), issuer, remote: state.remote };
    }
    this.registerOutputs({ storeName: this.storeName, tokenIssue: this.outputs.tokenIssue });
  }
}

function grantOutputs({ token, tokenIssue }: PeerGrant): {
  token?: pulumi.Output<string>;
  tokenIssue?: pulumi.Output<TokenIssue>;
} {
  return { token, tokenIssue };
}
