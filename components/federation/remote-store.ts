import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import type { RemoteLogin, RemoteVault } from "../../config/contract.ts";
import { goDuration, type Duration } from "../../config/rules.ts";
import { externalSecretsNames } from "../delivery/external-secrets-values.ts";
import { VaultStore, type VaultStoreAuth } from "../delivery/vault-store.ts";
import { peerIdentity, peerLoginPath, peerTokenPath, secretMount } from "../vault/policies.ts";
import { linkNamespace, loginAudience, tokenKey, type LinkNames } from "./link-names.ts";

/** What {@link RemoteStore} needs. */
export interface RemoteStoreArgs {
  /** This region's name. */
  readonly region: string;
  readonly peer: string;
  /** The peer's Vault. */
  readonly remote: RemoteVault;
  readonly names: LinkNames;
  /** ClusterSecretStore of the region's own Vault that the token is in. */
  readonly linkStore: pulumi.Input<string>;
  /** How often the token is looked up in this region's Vault. */
  readonly refreshInterval: Duration;
}

/**
 * The way to a peer's Vault. Creates, in this order: the first token in this region's own Vault, where the peer puts
 * those that follow; the ExternalSecret that takes it from there; the ClusterSecretStore that uses it. With a login by
 * JWT only the last one.
 */
export class RemoteStore extends pulumi.ComponentResource {
  /** Name of the ClusterSecretStore. */
  readonly storeName: pulumi.Output<string>;

  constructor(name: string, args: RemoteStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const { remote, names } = args;
    // What else there is of arguments holds the token.
    super(
      "vault-federation:federation:RemoteStore",
      name,
      { peer: args.peer, address: remote.address, auth: remote.login.auth },
      opts,
    );
    const token = remote.login.auth === "token" ? this.#token(name, args, remote.login) : [];
    const store = new VaultStore(
      `${name}-vault`,
      {
        storeName: names.store,
        address: remote.address,
        caBundle: remote.caBundle,
        vaultNamespace: remote.namespace,
        namespaces: [linkNamespace, externalSecretsNames.sourcesNamespace],
        auth: authOf(args),
        // A peer that is away holds up nothing here.
        mayBeAway: true,
      },
      // Without the token's Secret the store is not valid.
      { parent: this, dependsOn: token },
    );
    this.storeName = store.storeName;
    this.registerOutputs({ storeName: this.storeName });
  }

  #token(
    name: string,
    { peer, names, linkStore, refreshInterval }: RemoteStoreArgs,
    login: Extract<RemoteLogin, { auth: "token" }>,
  ): pulumi.Resource[] {
    const first = new vault.kv.SecretV2(
      `${name}-first-token`,
      {
        mount: secretMount,
        name: peerTokenPath(peer),
        dataJsonWo: pulumi.secret(JSON.stringify({ [tokenKey]: login.token })),
        // Written anew only when the peer exports another token: what it has pushed since is newer than this one.
        dataJsonWoVersion: Math.floor(Date.parse(login.issuedAt) / 1_000),
        // External Secrets pushes to nothing that does not carry its mark.
        customMetadata: { data: { "managed-by": "external-secrets" } },
        // Pulumi may not read what is written here.
        disableRead: true,
        deleteAllVersions: true,
      },
      { parent: this },
    );
    return [
      new kubernetes.apiextensions.CustomResource(
        `${name}-token`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: { name: names.incomingToken, namespace: linkNamespace },
          spec: {
            refreshInterval: goDuration(refreshInterval),
            secretStoreRef: { kind: "ClusterSecretStore", name: linkStore },
            // A Vault that is sealed must not take away the token that is there.
            target: { name: names.incomingToken, creationPolicy: "Owner", deletionPolicy: "Retain" },
            data: [{ secretKey: tokenKey, remoteRef: { key: peerTokenPath(peer), property: tokenKey } }],
          },
        },
        { parent: this, dependsOn: first },
      ),
    ];
  }
}

function authOf({ region, peer, remote, names }: RemoteStoreArgs): VaultStoreAuth {
  return remote.login.auth === "token"
    ? { kind: "token", secretName: names.incomingToken, secretKey: tokenKey, namespace: linkNamespace }
    : {
        kind: "jwt",
        mountPath: peerLoginPath(region),
        role: peerIdentity(region),
        audience: loginAudience(peer),
      };
}
