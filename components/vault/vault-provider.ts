import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import type { AccessCredential } from "./bootstrap/journal.ts";
import { caFile } from "./ca-file.ts";

/** How to reach Vault and log in. */
export interface VaultProviderArgs {
  readonly address: pulumi.Input<string>;
  /** CA certificates (PEM); absent where the system's own are enough. */
  readonly caBundle?: pulumi.Input<string>;
  /** Vault namespace, of HCP and Enterprise. */
  readonly namespace?: string;
  /** AppRole of Pulumi; absent where VAULT_TOKEN or another login is in the environment. */
  readonly access?: pulumi.Input<AccessCredential>;
}

/** A run may take long; the tokens of everything it does descend from its own. */
const longestRunSeconds = 4 * 3600;

/** The provider of everything inside a Vault. */
export function vaultProvider(
  name: string,
  args: VaultProviderArgs,
  opts: pulumi.ResourceOptions,
): vault.Provider {
  const { access } = args;
  return new vault.Provider(
    name,
    {
      address: args.address,
      caCertFile:
        args.caBundle === undefined
          ? undefined
          : pulumi.output(args.caBundle).apply((caBundle) => caFile(caBundle, pulumi.getRootDirectory())),
      namespace: args.namespace,
      authLogin:
        access === undefined
          ? undefined
          : pulumi.secret(access).apply(({ roleId, secretId }) => ({
              path: "auth/approle/login",
              parameters: { role_id: roleId, secret_id: secretId },
            })),
      maxLeaseTtlSeconds: longestRunSeconds,
    },
    opts,
  );
}
