import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { linkOperatorPolicy } from "../vault/policies.ts";
import { podRole, type PodLogin } from "../vault/pod-role.ts";
import { linkNamespace, linkOperator } from "./link-names.ts";

/** What {@link LinkOperator} needs. */
export interface LinkOperatorArgs {
  /** Names of the regions that there are links to. */
  readonly peers: readonly string[];
  /** How pods of the region log in to its Vault. */
  readonly podLogin: PodLogin;
}

/**
 * Whom `vfed link revoke` acts as: whoever administers the cluster may cut a peer off, without a root token. Creates a
 * service account without rights in Kubernetes, its policy and its login. Takes both providers from its options.
 */
export class LinkOperator extends pulumi.ComponentResource {
  constructor(name: string, args: LinkOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:federation:LinkOperator", name, { peers: args.peers }, opts);
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      {
        metadata: { name: linkOperator.account, namespace: linkNamespace },
        automountServiceAccountToken: false,
      },
      { parent: this },
    );
    podRole(
      name,
      {
        login: args.podLogin,
        roleName: linkOperator.role,
        policy: linkOperatorPolicy(args.peers),
        serviceAccount: account.metadata.name,
        namespace: linkNamespace,
        tokenSeconds: 600,
        tokenMaxSeconds: 600,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
