import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

/** How pods of a region log in to its Vault. */
export interface PodLogin {
  /** `kubernetes` where Vault runs in the cluster, and asks it; `jwt` where it only knows the cluster's public keys. */
  readonly kind: "kubernetes" | "jwt";
  /** Path of the auth method. */
  readonly path: pulumi.Input<string>;
}

/** What {@link podRole} needs. */
export interface PodRoleArgs {
  readonly login: PodLogin;
  /** Name of the role, and of its policy. */
  readonly roleName: string;
  /** Text of the policy that is all it gives. */
  readonly policy: string;
  /** The only service account that gets it. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Namespace of the service account. */
  readonly namespace: string;
  /** Life of its tokens, in seconds. */
  readonly tokenSeconds: number;
  /** How long a token can be renewed, in seconds. */
  readonly tokenMaxSeconds: number;
}

/** Audience of the tokens that pods log in with: a token that was made for something else is refused. */
export const podAudience = "vault";

/**
 * Lets pods of one service account log in to Vault, with the rights of one policy of their own.
 * @returns Name of the role, known when it is there.
 */
export function podRole(
  name: string,
  args: PodRoleArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { login, roleName, serviceAccount, namespace } = args;
  const policy = new vault.Policy(`${name}-policy`, { name: roleName, policy: args.policy }, options);
  const given = {
    backend: login.path,
    roleName,
    tokenPolicies: [policy.name],
    // What a token may do to itself is in the policy; the rest of the default one nobody needs.
    tokenNoDefaultPolicy: true,
    tokenTtl: args.tokenSeconds,
    tokenMaxTtl: args.tokenMaxSeconds,
  };
  return login.kind === "kubernetes"
    ? new vault.kubernetes.AuthBackendRole(
        `${name}-role`,
        {
          ...given,
          boundServiceAccountNames: [serviceAccount],
          boundServiceAccountNamespaces: [namespace],
          audience: podAudience,
        },
        options,
      ).roleName
    : new vault.jwt.AuthBackendRole(
        `${name}-role`,
        {
          ...given,
          roleType: "jwt",
          userClaim: "sub",
          boundSubject: pulumi.interpolate`system:serviceaccount:${namespace}:${serviceAccount}`,
          boundAudiences: [podAudience],
        },
        options,
      ).roleName;
}
