import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { podRole } from "../vault/pod-role.ts";
import { linkOperatorPolicy } from "../vault/policies.ts";
import { linkNamespace, linkOperator } from "./link-names.ts";

/** What {@link LinkOperator} needs. */
export interface LinkOperatorArgs {
  /** Names of the regions that there are links to. */
  readonly peers: readonly string[];
}

/**
 * Whom `vfed link revoke` acts as: whoever administers the cluster may cut a peer off, without a root token. Creates a
 * service account without rights in Kubernetes, its policy and its login. Takes both providers from its options.
 */
export class LinkOperator extends pulumi.ComponentResource {
  constructor(name: string, args: LinkOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:federation:LinkOperator", name, args, opts);
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
        roleName: linkOperator.role,
        policy: linkOperatorPolicy(args.peers),
        serviceAccount: account.metadata.name,
        namespace: linkNamespace,
        ttlSeconds: 600,
        maxTtlSeconds: 600,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
