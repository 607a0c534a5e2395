/** Names that the operator's resources refer to each other by. */
export const vaultSecretsOperatorNames = {
  release: "vault-secrets-operator",
  namespace: "vault-secrets-operator",
  /** What a VaultAuth without a reference uses. Source: common/common.go of the operator. */
  connection: "default",
  /** Whom Vault's roles of consuming namespaces are bound to. */
  serviceAccount: "vso-auth",
  vaultAuth: "vault",
} as const;

/**
 * Values of the chart of Vault Secrets Operator; the same from 0.10 to 1.4.
 * Source: chart/values.yaml.
 */
export function vaultSecretsOperatorValues(replicas: number): Record<string, unknown> {
  return {
    controller: {
      // All but the leader wait.
      replicas,
      manager: {
        // Else every Secret would hold the whole answer of Vault once more, under `_raw`.
        globalTransformationOptions: { excludeRaw: true },
        // The chart's 128Mi are not enough for some hundred secrets.
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      },
    },
  };
}
