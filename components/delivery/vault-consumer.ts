import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { LocalVault } from "../vault/region-vault.ts";
import { podAudience } from "../vault/pod-role.ts";
import { vaultSecretsOperatorNames } from "./vault-secrets-operator-values.ts";
import { waitFor } from "./wait-for.ts";

/** Shortest life that Kubernetes gives the token of a service account; Vault sees it once, at the login. */
const tokenSeconds = 600;

/** What {@link VaultConsumer} needs. */
export interface VaultConsumerArgs {
  /** The namespace. Changing it replaces everything here. */
  readonly namespace: string;
  /** Whether to make the namespace, or find it there. */
  readonly createNamespace: boolean;
  /** Role of Vault that the namespace logs in with. */
  readonly role: pulumi.Input<string>;
  /** The region's own Vault. */
  readonly vault: Pick<LocalVault, "login" | "namespace">;
  /** Namespace and name of the VaultConnection, with a slash between them. */
  readonly connection: pulumi.Input<string>;
}

/**
 * A namespace whose workloads read secrets of the region's Vault. Creates, in this order: the namespace, the service
 * account `vso-auth`, and the VaultAuth `vault`, which logs in as that account.
 */
export class VaultConsumer extends pulumi.ComponentResource {
  /** Name of the namespace. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the VaultAuth, for every VaultStaticSecret in the namespace; known when the operator has taken it. */
  readonly vaultAuth: pulumi.Output<string>;

  constructor(name: string, args: VaultConsumerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:delivery:VaultConsumer", name, { namespace: args.namespace }, opts);

    this.namespace = args.createNamespace
      ? new kubernetes.core.v1.Namespace(
          `${name}-namespace`,
          { metadata: { name: args.namespace } },
          // Others put their workloads there, which must outlive their reading of secrets.
          { parent: this, retainOnDelete: true },
        ).metadata.name
      : pulumi.output(args.namespace);

    const serviceAccount = new kubernetes.core.v1.ServiceAccount(
      `${name}-service-account`,
      {
        metadata: { name: vaultSecretsOperatorNames.serviceAccount, namespace: this.namespace },
        // The operator asks for its tokens; no pod runs as this account.
        automountServiceAccountToken: false,
      },
      { parent: this },
    );

    const vaultAuth = new kubernetes.apiextensions.CustomResource(
      `${name}-auth`,
      {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: "VaultAuth",
        metadata: {
          name: vaultSecretsOperatorNames.vaultAuth,
          namespace: this.namespace,
          annotations: waitFor("jsonpath={.status.valid}=true"),
        },
        spec: {
          vaultConnectionRef: args.connection,
          namespace: args.vault.namespace,
          method: args.vault.login.kind,
          mount: args.vault.login.path,
          [args.vault.login.kind]: {
            role: args.role,
            serviceAccount: serviceAccount.metadata.name,
            audiences: [podAudience],
            tokenExpirationSeconds: tokenSeconds,
          },
        },
      },
      { parent: this },
    );

    this.vaultAuth = vaultAuth.metadata.name;
    this.registerOutputs({ namespace: this.namespace, vaultAuth: this.vaultAuth });
  }
}
