import * as pulumi from "@pulumi/pulumi";

import type { LinkOutputs, ServiceAccountIssuer } from "../../config/contract.ts";
import type { LinkSettings } from "../../config/link-settings.ts";
import type { KnownPeer } from "../../config/peer-outputs.ts";
import type { LocalVault } from "../vault/region-vault.ts";
import { LinkOperator } from "./link-operator.ts";
import { LinkStore } from "./link-store.ts";
import { PeerLink } from "./peer-link.ts";
import { ServiceAccountKeys } from "../cluster/service-account-keys.ts";

/** What {@link Federation} needs. */
export interface FederationArgs {
  /** This region's name: that of its stack. */
  readonly region: string;
  /** What is known of each peer, by its name. */
  readonly peers: Readonly<Record<string, KnownPeer>>;
  /** Paths below the mount that each peer is the home of. */
  readonly writablePaths: (peer: string) => readonly string[];
  readonly link: LinkSettings;
  readonly localVault: LocalVault;
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
}

/**
 * A region's place among others. Creates the keys that its pods are known by elsewhere, the identity of
 * `vfed link revoke`, the store that links have their tokens from, and a link to each peer. Takes the providers of Kubernetes and Vault from its options.
 */
export class Federation extends pulumi.ComponentResource {
  /** Who signs the tokens that the region's pods log in to peers with. */
  readonly serviceAccountIssuer: pulumi.Output<ServiceAccountIssuer>;
  /** ClusterSecretStores that lead to peers' Vaults, by peer; without those to which there is no link yet. */
  readonly storeNames: Readonly<Record<string, pulumi.Output<string>>>;
  /** What the stack exports for each peer, and remembers of it. */
  readonly links: Readonly<Record<string, LinkOutputs>>;

  constructor(name: string, args: FederationArgs, opts?: pulumi.ComponentResourceOptions) {
    const { region, link, localVault } = args;
    const peers = Object.keys(args.peers);
    // What is known of peers holds tokens.
    super("vault-federation:federation:Federation", name, { region, peers, link }, opts);

    const keys = new ServiceAccountKeys(
      `${name}-service-account-keys`,
      { kubeconfig: pulumi.secret(args.kubeconfig) },
      { parent: this },
    );
    new LinkOperator(`${name}-link-operator`, { peers, podLogin: localVault.login }, { parent: this });
    const linkStore = new LinkStore(`${name}-link-store`, { peers, vault: localVault }, { parent: this });
    const made = Object.entries(args.peers).map(([peer, known]) => {
      const writablePaths = args.writablePaths(peer);
      return [
        peer,
        new PeerLink(
          `${name}-${peer}`,
          { region, peer, peers, known, writablePaths, link, localVault, linkStore },
          { parent: this },
        ),
      ] as const;
    });

    this.serviceAccountIssuer = keys.signer;
    this.links = Object.fromEntries(made.map(([peer, { outputs }]) => [peer, outputs]));
    this.storeNames = Object.fromEntries(
      made.flatMap(([peer, { storeName }]) => (storeName === undefined ? [] : [[peer, storeName]])),
    );
    this.registerOutputs({ storeNames: this.storeNames });
  }
}
