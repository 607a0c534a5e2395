import type { IClusterSecretStore } from "@kubernetes-models/external-secrets/external-secrets.io/v1/ClusterSecretStore";
import type { IVaultAuth } from "@kubernetes-models/external-secrets/external-secrets.io/v1/VaultAuth";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { secretMount } from "../vault/policies.ts";
import { externalSecretsNames } from "./external-secrets-values.ts";
import type { InputsOf } from "./inputs-of.ts";
import { waitFor } from "./wait-for.ts";

/** How the External Secrets Operator logs in to a Vault. */
export type VaultStoreAuth =
  /** As its own service account, at an auth method that asks this cluster. */
  | {
      readonly kind: "kubernetes";
      /** Path of the auth method. */
      readonly mountPath: pulumi.Input<string>;
      readonly role: pulumi.Input<string>;
      /** Whom the service account's token is for; the role must expect it. */
      readonly audience: string;
    }
  /** With a token that is in a Secret. */
  | {
      readonly kind: "token";
      readonly secretName: pulumi.Input<string>;
      readonly secretKey: string;
      readonly namespace: pulumi.Input<string>;
    }
  /** As its own service account, at an auth method that knows this cluster's public keys. */
  | {
      readonly kind: "jwt";
      /** Path of the auth method. */
      readonly mountPath: pulumi.Input<string>;
      readonly role: pulumi.Input<string>;
      /** Whom the service account's token is for; the role must expect it. */
      readonly audience: string;
    };

/** How often the operator looks whether a Vault that was away answers again, in seconds. Its own default is 5 minutes. */
const checkIntervalSeconds = 60;

/** What {@link VaultStore} needs. */
export interface VaultStoreArgs {
  /** Name of the ClusterSecretStore. Changing it replaces the store. */
  readonly storeName: string;
  /** Address of the Vault. */
  readonly address: pulumi.Input<string>;
  /** CA certificates (PEM) that the Vault's own descends from. Defaults to those of the system. */
  readonly caBundle?: pulumi.Input<string>;
  /** Vault namespace, of HCP and Enterprise. Defaults to none. */
  readonly vaultNamespace?: string;
  /** Path of the KV version 2 mount. Defaults to `secret`. */
  readonly mountPath?: pulumi.Input<string>;
  /** Kubernetes namespaces that may use the store: whoever may read and write with its login. */
  readonly namespaces: readonly string[];
  /** How to log in. */
  readonly auth: VaultStoreAuth;
  /**
   * Whether the Vault may be away, as one elsewhere: then nothing waits until the operator could log in, and the operator
   * waits for no answer more than once before it turns to something else. Defaults to false.
   */
  readonly mayBeAway?: boolean;
}

/**
 * A Vault as the External Secrets Operator sees it. Creates one ClusterSecretStore. Whoever declares it names the
 * operator's release in `dependsOn`, which brings the kind.
 */
export class VaultStore extends pulumi.ComponentResource {
  /** Name of the ClusterSecretStore; known when the operator could log in, unless that is skipped. */
  readonly storeName: pulumi.Output<string>;

  constructor(name: string, args: VaultStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:delivery:VaultStore", name, { storeName: args.storeName }, opts);

    const spec: InputsOf<IClusterSecretStore["spec"]> = {
      refreshInterval: checkIntervalSeconds,
      retrySettings: args.mayBeAway === true ? { maxRetries: 0 } : undefined,
      // Without it every namespace could read and write with this login.
      conditions: [{ namespaces: [...args.namespaces] }],
      provider: {
        vault: {
          server: args.address,
          path: args.mountPath ?? secretMount,
          version: "v2",
          namespace: args.vaultNamespace,
          caBundle: args.caBundle === undefined ? undefined : pulumi.output(args.caBundle).apply(base64),
          auth: loginOf(args.auth),
        },
      },
    };
    const store = new kubernetes.apiextensions.CustomResource(
      `${name}-store`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ClusterSecretStore",
        metadata: {
          name: args.storeName,
          annotations: args.mayBeAway === true ? undefined : waitFor("condition=Ready"),
        },
        spec,
      },
      { parent: this },
    );

    this.storeName = store.metadata.name;
    this.registerOutputs({ storeName: this.storeName });
  }
}

function loginOf(auth: VaultStoreAuth): InputsOf<IVaultAuth> {
  switch (auth.kind) {
    case "kubernetes":
      return {
        kubernetes: {
          mountPath: auth.mountPath,
          role: auth.role,
          serviceAccountRef: serviceAccount(auth.audience),
        },
      };
    case "token":
      return { tokenSecretRef: { name: auth.secretName, key: auth.secretKey, namespace: auth.namespace } };
    case "jwt":
      return {
        jwt: {
          path: auth.mountPath,
          role: auth.role,
          kubernetesServiceAccountToken: { serviceAccountRef: serviceAccount(auth.audience) },
        },
      };
  }
}

/** The operator's own account. A reference without a namespace would mean that of whoever uses the store. */
function serviceAccount(audience: string): { name: string; namespace: string; audiences: string[] } {
  return {
    name: externalSecretsNames.serviceAccount,
    namespace: externalSecretsNames.namespace,
    audiences: [audience],
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
