import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { LinkSettings } from "../../config/link-settings.ts";
import { goDuration } from "../../config/rules.ts";
import { peerIdentity, peerTokenPath } from "../vault/policies.ts";
import { podAudience } from "../vault/pod-role.ts";
import type { LocalVault } from "../vault/region-vault.ts";
import { externalSecretsAccount, linkNamespace, tokenKey, type LinkNames } from "./link-names.ts";
import { secretLabels } from "./secret-paths.ts";

/** What {@link TokenRotation} needs. */
export interface TokenRotationArgs {
  /** This region's name, under which the peer finds the token. */
  readonly region: string;
  readonly peer: string;
  /** The region's own Vault. */
  readonly localVault: LocalVault;
  /** Role in the region's own Vault that mints the token. */
  readonly role: pulumi.Input<string>;
  /** ClusterSecretStore that leads to the peer's Vault. */
  readonly storeName: pulumi.Input<string>;
  readonly names: LinkNames;
  readonly link: Pick<LinkSettings, "rotationInterval" | "refreshInterval">;
}

/**
 * Replaces the peer's token on a timer, without Pulumi and without a person. Creates, in this order: a generator on this
 * region's Vault, the ExternalSecret that has it mint a token at each interval, and the PushSecret that carries the
 * token into the peer's Vault.
 */
export class TokenRotation extends pulumi.ComponentResource {
  constructor(name: string, args: TokenRotationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:federation:TokenRotation", name, { peer: args.peer, link: args.link }, opts);
    const metadata = { name: args.names.outgoingToken, namespace: linkNamespace };

    const generator = new kubernetes.apiextensions.CustomResource(
      `${name}-generator`,
      {
        apiVersion: "generators.external-secrets.io/v1alpha1",
        kind: "VaultDynamicSecret",
        metadata,
        spec: {
          path: `auth/token/create/${peerIdentity(args.peer)}`,
          method: "POST",
          resultType: "Auth",
          provider: providerOf(args.localVault, args.role),
        },
      },
      { parent: this },
    );

    new kubernetes.apiextensions.CustomResource(
      `${name}-minted`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata,
        spec: {
          // Minting has an interval of its own: a push that has to be repeated must not make a token each time.
          refreshInterval: goDuration(args.link.rotationInterval),
          target: {
            name: args.names.outgoingToken,
            creationPolicy: "Owner",
            deletionPolicy: "Retain",
            // Of all that Vault says of a token only the token itself is needed.
            template: {
              engineVersion: "v2",
              metadata: { labels: secretLabels(args.names.outgoingToken) },
              data: { [tokenKey]: "{{ .client_token }}" },
            },
          },
          dataFrom: [
            {
              sourceRef: {
                generatorRef: {
                  apiVersion: generator.apiVersion,
                  kind: generator.kind,
                  name: generator.metadata.name,
                },
              },
            },
          ],
        },
      },
      { parent: this },
    );

    new kubernetes.apiextensions.CustomResource(
      `${name}-push`,
      {
        apiVersion: "external-secrets.io/v1alpha1",
        kind: "PushSecret",
        metadata,
        spec: {
          refreshInterval: goDuration(args.link.refreshInterval),
          updatePolicy: "Replace",
          // The last token stays where it is when the link goes: its life ends by itself.
          deletionPolicy: "None",
          secretStoreRefs: [{ kind: "ClusterSecretStore", name: args.storeName }],
          selector: { secret: { selector: { matchLabels: secretLabels(args.names.outgoingToken) } } },
          data: [
            {
              match: {
                secretKey: tokenKey,
                remoteRef: { remoteKey: peerTokenPath(args.region), property: tokenKey },
              },
            },
          ],
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function providerOf({ address, caBundle, login }: LocalVault, role: pulumi.Input<string>): object {
  const serviceAccountRef = { name: externalSecretsAccount, audiences: [podAudience] };
  return {
    server: address,
    ...(caBundle === undefined
      ? {}
      : { caBundle: pulumi.output(caBundle).apply((pem) => Buffer.from(pem).toString("base64")) }),
    auth:
      login.kind === "kubernetes"
        ? { kubernetes: { mountPath: login.path, role, serviceAccountRef } }
        : { jwt: { path: login.path, role, kubernetesServiceAccountToken: { serviceAccountRef } } },
  };
}
