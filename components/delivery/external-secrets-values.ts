import type * as pulumi from "@pulumi/pulumi";

/** Names that Vault's roles, the stores and the peers rely on. */
export const externalSecretsNames = {
  release: "external-secrets",
  namespace: "external-secrets",
  serviceAccount: "external-secrets",
  /** Namespace of the Secrets that people and the program write, for the operator to push. */
  sourcesNamespace: "secret-sources",
  localStore: "vault-local",
} as const;

/**
 * Values of the chart of External Secrets Operator; the same from 0.20 to 2.9.
 * Source: deploy/charts/external-secrets/values.yaml.
 * @param issuerName ClusterIssuer that signs the certificate of the operator's webhook.
 */
export function externalSecretsValues(
  replicas: number,
  issuerName: pulumi.Input<string>,
): Record<string, unknown> {
  return {
    installCRDs: true,
    replicaCount: replicas,
    // Two that work at the same time would push and pull everything twice.
    leaderElect: true,
    serviceAccount: { create: true, name: externalSecretsNames.serviceAccount },
    // After an outage of Vault a store is looked at again only minutes later; secrets need not wait for that. As a
    // boolean the value would turn the gate on: the chart leaves out what is false.
    extraArgs: { "enable-flood-gate": "false" },
    // By default one worker pushes everything: a peer that swallows packets would keep it busy, a minute each time, and with it
    // what goes to the region's own Vault. Each has a push for every peer and secret; a worker without work costs nothing.
    concurrent: 200,
    resources: resources("256Mi"),
    podDisruptionBudget: disruptionBudget(replicas),
    webhook: {
      replicaCount: replicas,
      resources: resources("128Mi"),
      podDisruptionBudget: disruptionBudget(replicas),
      // The operator's own certificate reaches pods that run already only when their node looks at Secrets again, after a
      // minute or more; for one that cert-manager makes the pods wait, which is a second.
      certManager: {
        enabled: true,
        cert: {
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: issuerName },
          duration: "2160h0m0s",
          renewBefore: "720h0m0s",
        },
      },
      // The webhook ends when its certificate, or the root that came with it, has less than this left: 90 days by default.
      lookaheadInterval: "1h",
    },
  };
}

/** A limit on the processor would slow down the start, when all secrets are read. */
function resources(memoryLimit: string): Record<string, unknown> {
  return { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: memoryLimit } };
}

/** Of a single pod it would block every drain of its node. */
function disruptionBudget(replicas: number): Record<string, unknown> {
  return { enabled: replicas > 1, minAvailable: 1 };
}
