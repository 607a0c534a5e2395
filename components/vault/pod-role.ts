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
  readonly roleName: string;
  /** Name of the policy that is all it gives. */
  readonly policy: pulumi.Input<string>;
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

/** A role that one service account of the region's cluster logs in with. Answers its name. */
export function podRole(
  name: string,
  args: PodRoleArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const { login, roleName, policy, serviceAccount, namespace } = args;
  const given = {
    backend: login.path,
    roleName,
    tokenPolicies: [policy],
    // What a token may do to itself is in the policy; the rest of the default one nobody needs.
    tokenNoDefaultPolicy: true,
    tokenTtl: args.tokenSeconds,
    tokenMaxTtl: args.tokenMaxSeconds,
  };
  return login.kind === "kubernetes"
    ? new vault.kubernetes.AuthBackendRole(
        name,
        {
          ...given,
          boundServiceAccountNames: [serviceAccount],
          boundServiceAccountNamespaces: [namespace],
          audience: podAudience,
        },
        opts,
      ).roleName
    : new vault.jwt.AuthBackendRole(
        name,
        {
          ...given,
          roleType: "jwt",
          userClaim: "sub",
          boundSubject: pulumi.interpolate`system:serviceaccount:${namespace}:${serviceAccount}`,
          boundAudiences: [podAudience],
        },
        opts,
      ).roleName;
}
