import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import type { ServiceAccountIssuer, TokenIssue } from "../../config/contract.ts";
import type { LinkSettings } from "../../config/link-settings.ts";
import { seconds } from "../../config/rules.ts";
import { peerIdentity, peerLoginPath, peerPolicy } from "../vault/policies.ts";
import { externalSecretsAccount, linkNamespace, loginAudience } from "./link-names.ts";
import { issueNumber } from "./token-issue.ts";

/** What {@link PeerGrant} needs. */
export interface PeerGrantArgs {
  /** This region's name. */
  readonly region: string;
  readonly peer: string;
  /** Paths below the mount that the peer is the home of. A change takes effect at once. */
  readonly writablePaths: readonly string[];
  /** How the peer logs in, and how long its tokens live. */
  readonly link: Pick<LinkSettings, "auth" | "tokenLifetime">;
  /** The token that was last made for the peer; absent before the first one. */
  readonly lastIssue?: TokenIssue;
  /** Who signs the peer's JWTs; absent as long as the peer has not said so. */
  readonly issuer?: ServiceAccountIssuer;
}

/** Life of what a peer gets for a JWT: one run of External Secrets is done with it. */
const loginSeconds = 600;

/**
 * What a peer may do in this region's Vault, and how it logs in: a policy, and either a token role with the token for
 * the first login, or the pinned keys of the peer's service accounts. Takes the Vault provider from its options.
 */
export class PeerGrant extends pulumi.ComponentResource {
  /** Token for the peer's first login. Secret; absent where it logs in by JWT. */
  readonly token?: pulumi.Output<string>;
  /** Which token that is. */
  readonly tokenIssue?: pulumi.Output<TokenIssue>;

  constructor(name: string, args: PeerGrantArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "vault-federation:federation:PeerGrant",
      name,
      { peer: args.peer, auth: args.link.auth, writablePaths: args.writablePaths },
      opts,
    );
    const policy = new vault.Policy(
      `${name}-policy`,
      { name: peerIdentity(args.peer), policy: peerPolicy(args.peer, args.writablePaths) },
      { parent: this },
    );
    if (args.link.auth === "token") {
      const { token, tokenIssue } = this.#tokens(name, args, policy);
      this.token = token;
      this.tokenIssue = tokenIssue;
    } else if (args.issuer !== undefined) {
      this.#login(name, args, args.issuer, policy);
    }
    this.registerOutputs({ token: this.token, tokenIssue: this.tokenIssue });
  }

  #tokens(
    name: string,
    { peer, link, lastIssue }: PeerGrantArgs,
    policy: vault.Policy,
  ): { token: pulumi.Output<string>; tokenIssue: pulumi.Output<TokenIssue> } {
    const role = new vault.tokenauth.AuthBackendRole(
      `${name}-tokens`,
      {
        roleName: peerIdentity(peer),
        allowedPolicies: [policy.name],
        // A child would die with the token that made it, which lives no longer than a run of Pulumi.
        orphan: true,
        renewable: false,
        tokenExplicitMaxTtl: seconds(link.tokenLifetime),
        tokenNoDefaultPolicy: true,
      },
      { parent: this },
    );
    const number = issueNumber(lastIssue, seconds(link.tokenLifetime), Date.now());
    const token = new vault.Token(
      `${name}-token`,
      {
        roleName: role.roleName,
        policies: [policy.name],
        renewable: false,
        ttl: link.tokenLifetime,
        displayName: peerIdentity(peer),
        metadata: { issue: String(number) },
      },
      {
        parent: this,
        // One that is replaced at its end has expired, which Vault has only an error for; those of a peer that is removed
        // lose their policy. With another lifetime, or a login by JWT, it lives on until its end: it may be in use still.
        retainOnDelete: true,
      },
    );
    return {
      token: pulumi.secret(token.clientToken),
      tokenIssue: token.leaseStarted.apply((issuedAt) => ({ number, issuedAt })),
    };
  }

  #login(
    name: string,
    { region, peer }: PeerGrantArgs,
    { issuer, keys }: ServiceAccountIssuer,
    policy: vault.Policy,
  ): void {
    const method = new vault.jwt.AuthBackend(
      `${name}-login`,
      {
        path: peerLoginPath(peer),
        description: `Service accounts of ${peer}`,
        boundIssuer: issuer,
        jwtValidationPubkeys: [...keys],
      },
      { parent: this },
    );
    new vault.jwt.AuthBackendRole(
      `${name}-login-role`,
      {
        backend: method.path.apply((path) => path ?? peerLoginPath(peer)),
        roleName: peerIdentity(peer),
        roleType: "jwt",
        userClaim: "sub",
        boundSubject: `system:serviceaccount:${linkNamespace}:${externalSecretsAccount}`,
        boundAudiences: [loginAudience(region)],
        tokenPolicies: [policy.name],
        tokenTtl: loginSeconds,
        tokenMaxTtl: loginSeconds,
        tokenNoDefaultPolicy: true,
      },
      { parent: this },
    );
  }
}
