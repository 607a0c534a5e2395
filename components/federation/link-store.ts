import * as pulumi from "@pulumi/pulumi";

import { externalSecretsNames } from "../delivery/external-secrets-values.ts";
import { VaultStore } from "../delivery/vault-store.ts";
import { podAudience, podRole } from "../vault/pod-role.ts";
import { linksPolicy } from "../vault/policies.ts";
import type { LocalVault } from "../vault/region-vault.ts";
import { linkNamespace, linkStore } from "./link-names.ts";

/** What {@link LinkStore} needs. */
export interface LinkStoreArgs {
  /** Names of the regions that there are links to. */
  readonly peers: readonly string[];
  /** The region's own Vault. */
  readonly vault: LocalVault;
}

/**
 * The region's own Vault as its links see it. Creates the policy that lets them have the tokens that lead to peers and mint
 * those of peers, a role for it, and a ClusterSecretStore that no namespace but the links' own may use: whoever may use
 * the store of workloads' secrets has no part in that. Takes both providers from its options.
 */
export class LinkStore extends pulumi.ComponentResource {
  /** Role that mints peers' tokens; known when it is there. */
  readonly role: pulumi.Output<string>;
  /** Name of the ClusterSecretStore; known when the operator could log in. */
  readonly storeName: pulumi.Output<string>;

  constructor(name: string, args: LinkStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const { peers, vault } = args;
    super("vault-federation:federation:LinkStore", name, { peers }, opts);
    this.role = podRole(
      name,
      {
        roleName: linkStore.role,
        policy: linksPolicy(peers),
        serviceAccount: externalSecretsNames.serviceAccount,
        namespace: linkNamespace,
        login: vault.login,
        // One run of the operator is done with it.
        tokenSeconds: 600,
        tokenMaxSeconds: 600,
      },
      { parent: this },
    );
    const { storeName } = new VaultStore(
      `${name}-local`,
      {
        storeName: linkStore.store,
        address: vault.address,
        caBundle: vault.caBundle,
        vaultNamespace: vault.namespace,
        mountPath: vault.mountPath,
        namespaces: [linkNamespace],
        auth: {
          kind: vault.login.kind,
          mountPath: vault.login.path,
          role: this.role,
          audience: podAudience,
        },
      },
      { parent: this },
    );
    this.storeName = storeName;
    this.registerOutputs({ role: this.role, storeName: this.storeName });
  }
}
