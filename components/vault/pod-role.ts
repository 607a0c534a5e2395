import type * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

/** Audience of the tokens that pods log in with: a token that was made for something else is refused. */
export const podAudience = "vault";

/** What {@link podRole} needs. */
export interface PodRoleArgs {
  /** Name of the role, and of its policy. */
  readonly roleName: string;
  /** Text of the policy. */
  readonly policy: string;
  /** Who may log in. */
  readonly serviceAccount: pulumi.Input<string>;
  readonly namespace: string;
  /** Path of the auth method. Defaults to `kubernetes`. */
  readonly backend?: pulumi.Input<string>;
  /** Life of a token. */
  readonly ttlSeconds: number;
  /** How long a token can be renewed. */
  readonly maxTtlSeconds: number;
}

/**
 * Lets pods of one service account log in to Vault, with the rights of one policy of their own.
 * @returns Name of the role, known when it is there.
 */
export function podRole(
  name: string,
  args: PodRoleArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const policy = new vault.Policy(`${name}-policy`, { name: args.roleName, policy: args.policy }, options);
  const { roleName } = new vault.kubernetes.AuthBackendRole(
    `${name}-role`,
    {
      backend: args.backend,
      roleName: args.roleName,
      boundServiceAccountNames: [args.serviceAccount],
      boundServiceAccountNamespaces: [args.namespace],
      audience: podAudience,
      tokenPolicies: [policy.name],
      // What a token may do to itself is in the policy; the rest of the default one nobody needs.
      tokenNoDefaultPolicy: true,
      tokenTtl: args.ttlSeconds,
      tokenMaxTtl: args.maxTtlSeconds,
    },
    options,
  );
  return roleName;
}
