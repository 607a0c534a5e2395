import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { DeliverySettings } from "../../config/delivery-settings.ts";
import { chartRelease } from "../helm/chart-release.ts";
import type { Chart } from "../helm/charts.ts";
import type { LocalVault } from "../vault/region-vault.ts";
import { podAudience } from "../vault/pod-role.ts";
import { externalSecretsNames, externalSecretsValues } from "./external-secrets-values.ts";
import { VaultStore } from "./vault-store.ts";

/** What {@link ExternalSecrets} needs. */
export interface ExternalSecretsArgs extends Pick<DeliverySettings, "replicas" | "storeNamespaces"> {
  /** The operator's chart. */
  readonly chart: Chart;
  /** ClusterIssuer that signs the certificate of the operator's webhook. */
  readonly issuerName: pulumi.Input<string>;
  /** The region's own Vault. */
  readonly vault: LocalVault;
}

/**
 * The External Secrets Operator, which carries secrets from one Vault to the other. Creates, in this order: a namespace,
 * the release, and the store `vault-local`, which is the region's own Vault.
 */
export class ExternalSecrets extends pulumi.ComponentResource {
  /** Namespace of the operator, where the credentials of its stores are. */
  readonly namespace: pulumi.Output<string>;
  /** Name of the store that is the region's own Vault; known when the operator could log in. */
  readonly localStore: pulumi.Output<string>;
  /** Brings the operator's kinds: whatever is of one depends on it. */
  readonly release: kubernetes.helm.v3.Release;

  constructor(name: string, args: ExternalSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { replicas, storeNamespaces, vault } = args;
    // What there is of Vault is recorded with the store.
    super("vault-federation:delivery:ExternalSecrets", name, { replicas, storeNamespaces }, opts);

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: externalSecretsNames.namespace } },
      { parent: this },
    );

    this.release = chartRelease(
      `${name}-release`,
      {
        chart: args.chart,
        releaseName: externalSecretsNames.release,
        namespace: namespace.metadata.name,
        values: externalSecretsValues(replicas, args.issuerName),
        timeoutSeconds: 600,
      },
      { parent: this },
    );

    const local = new VaultStore(
      `${name}-local`,
      {
        storeName: externalSecretsNames.localStore,
        address: vault.address,
        caBundle: vault.caBundle,
        vaultNamespace: vault.namespace,
        mountPath: vault.mountPath,
        namespaces: [externalSecretsNames.sourcesNamespace, ...storeNamespaces],
        auth: {
          kind: vault.login.kind,
          mountPath: vault.login.path,
          role: vault.externalSecretsRole,
          audience: podAudience,
        },
      },
      // The chart brings the kind, and a webhook that must answer: cert-manager has given the API server its CA by the time
      // that the pods call themselves ready, 20 seconds after their start.
      { parent: this, dependsOn: this.release },
    );

    this.namespace = namespace.metadata.name;
    this.localStore = local.storeName;
    this.registerOutputs({ namespace: this.namespace, localStore: this.localStore });
  }
}
