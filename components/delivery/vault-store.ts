import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** How External Secrets logs in to a Vault. */
export type VaultStoreAuth =
  | { readonly kind: "kubernetes"; readonly role: string }
  | {
      readonly kind: "token";
      readonly secretName: string;
      readonly secretKey: string;
      readonly namespace: string;
    }
  | {
      readonly kind: "jwt";
      /** Where the auth method is in that Vault. */
      readonly path: string;
      readonly role: string;
      readonly serviceAccountName: string;
      readonly namespace: string;
      readonly audience: string;
    };

/** What {@link VaultStore} needs. */
export interface VaultStoreArgs {
  /** Name of the ClusterSecretStore. Changing it replaces the store. */
  readonly storeName: string;
  readonly address: pulumi.Input<string>;
  /** CA certificates (PEM); absent where the system's own are enough. */
  readonly caBundle?: pulumi.Input<string>;
  /** Namespaces that may use the store. */
  readonly namespaces: readonly string[];
  readonly auth: VaultStoreAuth;
}

/** How often External Secrets looks whether a store works again, in seconds. */
const checkIntervalSeconds = 60;

/** One Vault that External Secrets reads from and pushes to. Creates a ClusterSecretStore. */
export class VaultStore extends pulumi.ComponentResource {
  /** Name of the ClusterSecretStore. */
  readonly storeName: pulumi.Output<string>;

  constructor(name: string, args: VaultStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:delivery:VaultStore", name, { storeName: args.storeName }, opts);
    const store = new kubernetes.apiextensions.CustomResource(
      `${name}-store`,
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ClusterSecretStore",
        metadata: { name: args.storeName },
        spec: {
          refreshInterval: checkIntervalSeconds,
          conditions: [{ namespaces: [...args.namespaces] }],
          provider: {
            vault: {
              server: args.address,
              path: "secret",
              version: "v2",
              ...(args.caBundle === undefined
                ? {}
                : {
                    caBundle: pulumi
                      .output(args.caBundle)
                      .apply((pem) => Buffer.from(pem).toString("base64")),
                  }),
              auth: authOf(args.auth),
            },
          },
        },
      },
      { parent: this },
    );
    this.storeName = store.metadata.name;
    this.registerOutputs({ storeName: this.storeName });
  }
}

function authOf(auth: VaultStoreAuth): object {
  switch (auth.kind) {
    case "kubernetes":
      return {
        kubernetes: {
          mountPath: "kubernetes",
          role: auth.role,
          serviceAccountRef: {
            name: "external-secrets",
            namespace: "external-secrets",
            audiences: ["vault"],
          },
        },
      };
    case "token":
      return {
        tokenSecretRef: { name: auth.secretName, key: auth.secretKey, namespace: auth.namespace },
      };
    case "jwt":
      return {
        jwt: {
          path: auth.path,
          role: auth.role,
          kubernetesServiceAccountToken: {
            serviceAccountRef: {
              name: auth.serviceAccountName,
              namespace: auth.namespace,
              audiences: [auth.audience],
            },
          },
        },
      };
  }
}
