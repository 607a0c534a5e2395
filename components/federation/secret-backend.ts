import type { SecretBackendSettings } from "../../config/secret-backend-settings.ts";
import { sourcesNamespace } from "./secret-paths.ts";

/** Namespace of the operator, where credentials of backends are. */
const credentialsNamespace = "external-secrets";

/** Keys that the Secret with a backend's credentials must have. */
export const credentialKeys = {
  aws: ["access-key-id", "secret-access-key"],
  gcp: ["service-account.json"],
  azure: ["client-id", "client-secret"],
  "hcp-vault": ["role-id", "secret-id"],
} as const;

/** What a backend calls a secret. Google's and Azure's names have no slashes; no path has a double hyphen. */
export function backendKey({ type }: SecretBackendSettings, path: string): string {
  return type === "gcp" || type === "azure" ? path.replaceAll("/", "--") : path;
}

/**
 * What a push tells a backend beside the value; nothing where there is nothing to tell. Without it AWS would get bytes,
 * and whoever reads a SecretString would find nothing. Versions of the operator from 0.20 on take this form at every push.
 * Source: external-secrets.io/latest/provider/aws-secrets-manager, and the operator's providers/v1/aws/secretsmanager.
 */
export function pushMetadata({ type }: SecretBackendSettings): { readonly metadata?: object } {
  return type === "aws"
    ? {
        metadata: {
          apiVersion: "kubernetes.external-secrets.io/v1alpha1",
          kind: "PushSecretMetadata",
          spec: { secretPushFormat: "string" },
        },
      }
    : {};
}

/**
 * The specification of a backend's ClusterSecretStore. Without credentials the operator uses the identity of its own pod.
 * Source: external-secrets.io/latest/api/spec, SecretStoreSpec.
 */
export function backendStoreSpec(backend: SecretBackendSettings): Record<string, unknown> {
  return {
    // Whoever may use a store writes with its credentials.
    conditions: [{ namespaces: [sourcesNamespace] }],
    provider: providerOf(backend),
  };
}

function providerOf(backend: SecretBackendSettings): Record<string, unknown> {
  switch (backend.type) {
    case "aws":
      return {
        aws: withoutAbsent({
          service: "SecretsManager",
          region: backend.region,
          role: backend.role,
          auth:
            backend.credentials === undefined ? undefined : { secretRef: awsReferences(backend.credentials) },
        }),
      };
    case "gcp":
      return {
        gcpsm: withoutAbsent({
          projectID: backend.projectId,
          location: backend.location,
          auth:
            backend.credentials === undefined
              ? undefined
              : {
                  secretRef: {
                    secretAccessKeySecretRef: reference(backend.credentials, credentialKeys.gcp[0]),
                  },
                },
        }),
      };
    case "azure":
      return {
        azurekv: {
          authType: "ServicePrincipal",
          vaultUrl: backend.vaultUrl,
          tenantId: backend.tenantId,
          authSecretRef: {
            clientId: reference(backend.credentials, credentialKeys.azure[0]),
            clientSecret: reference(backend.credentials, credentialKeys.azure[1]),
          },
        },
      };
    case "hcp-vault":
      return {
        vault: {
          server: backend.address,
          namespace: backend.namespace,
          path: backend.mount,
          version: "v2",
          auth: {
            // A token would end one day; the operator renews none.
            appRole: {
              path: "approle",
              roleRef: reference(backend.credentials, credentialKeys["hcp-vault"][0]),
              secretRef: reference(backend.credentials, credentialKeys["hcp-vault"][1]),
            },
          },
        },
      };
  }
}

function awsReferences(secretName: string): object {
  const [id, key] = credentialKeys.aws;
  return {
    accessKeyIDSecretRef: reference(secretName, id),
    secretAccessKeySecretRef: reference(secretName, key),
  };
}

function reference(name: string, key: string): object {
  return { name, key, namespace: credentialsNamespace };
}

function withoutAbsent(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
