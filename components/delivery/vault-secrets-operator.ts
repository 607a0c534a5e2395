import { createHash } from "node:crypto";

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { DeliverySettings } from "../../config/delivery-settings.ts";
import { chartRelease } from "../helm/chart-release.ts";
import type { Chart } from "../helm/charts.ts";
import type { LocalVault } from "../vault/region-vault.ts";
import { SyncedSecret } from "./synced-secret.ts";
import { VaultConsumer } from "./vault-consumer.ts";
import { vaultSecretsOperatorNames, vaultSecretsOperatorValues } from "./vault-secrets-operator-values.ts";
import { waitFor } from "./wait-for.ts";

/** What {@link VaultSecretsOperator} needs. */
export interface VaultSecretsOperatorArgs extends Pick<
  DeliverySettings,
  "replicas" | "existingNamespaces" | "syncedSecrets"
> {
  /** The operator's chart. */
  readonly chart: Chart;
  /** The region's own Vault. */
  readonly vault: LocalVault;
}

/** Namespaces that every cluster has. */
const clusterNamespaces: readonly string[] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/**
 * The Vault Secrets Operator, which gives workloads the secrets of the region's Vault as Kubernetes Secrets. Creates, in
 * this order: a namespace, the release, the connection to Vault, what each consuming namespace logs in with, and the
 * synced secrets of the configuration.
 */
export class VaultSecretsOperator extends pulumi.ComponentResource {
  readonly #consumers: ReadonlyMap<string, VaultConsumer>;

  constructor(name: string, args: VaultSecretsOperatorArgs, opts?: pulumi.ComponentResourceOptions) {
    const { replicas, vault } = args;
    // What else there is of arguments is recorded with the components that use it.
    super("vault-federation:delivery:VaultSecretsOperator", name, { replicas }, opts);

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: vaultSecretsOperatorNames.namespace } },
      { parent: this },
    );

    const release = chartRelease(
      `${name}-release`,
      {
        chart: args.chart,
        releaseName: vaultSecretsOperatorNames.release,
        namespace: namespace.metadata.name,
        values: vaultSecretsOperatorValues(replicas),
        timeoutSeconds: 600,
      },
      { parent: this },
    );

    const connection = new kubernetes.apiextensions.CustomResource(
      `${name}-connection`,
      {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: "VaultConnection",
        metadata: {
          name: vaultSecretsOperatorNames.connection,
          namespace: namespace.metadata.name,
          annotations: waitFor("jsonpath={.status.valid}=true"),
        },
        spec: {
          address: vault.address,
          caCertSecretRef: this.#caSecret(name, namespace.metadata.name, vault.caBundle),
        },
      },
      // The chart brings the kind.
      { parent: this, dependsOn: release },
    );

    this.#consumers = new Map(
      Object.entries(vault.consumerRoles).map(([consumer, role]) => [
        consumer,
        new VaultConsumer(
          `${name}-${consumer}`,
          {
            namespace: consumer,
            createNamespace: ![...clusterNamespaces, ...args.existingNamespaces].includes(consumer),
            role,
            vault,
            connection: pulumi.interpolate`${connection.metadata.namespace}/${connection.metadata.name}`,
          },
          { parent: this },
        ),
      ]),
    );

    for (const [secretName, { namespace: consumer, ...secret }] of Object.entries(args.syncedSecrets)) {
      new SyncedSecret(
        `${name}-${secretName}`,
        { ...secret, secretName, consumer: this.consumer(consumer), mountPath: vault.mountPath },
        { parent: this },
      );
    }

    this.registerOutputs({ namespace: namespace.metadata.name });
  }

  /**
   * A namespace that reads secrets, for a {@link SyncedSecret} of one's own.
   * @throws Error when the configuration does not let the namespace read any.
   */
  consumer(namespace: string): VaultConsumer {
    const consumer = this.#consumers.get(namespace);
    if (consumer === undefined) {
      const known = [...this.#consumers.keys()].join(", ");
      throw new Error(
        `namespace ${namespace} reads no secrets of this region's Vault; ${known === "" ? "none does" : `those that do are ${known}`}. ` +
          `Give it paths under vault-federation:vault.consumers.${namespace}.`,
      );
    }
    return consumer;
  }

  /**
   * The Secret with Vault's CA certificates, which must be in the connection's own namespace. Its name follows from its
   * content: the operator reads it again only when the connection names another one.
   */
  #caSecret(
    name: string,
    namespace: pulumi.Input<string>,
    caBundle: LocalVault["caBundle"],
  ): pulumi.Output<string> | undefined {
    if (caBundle === undefined) {
      return undefined;
    }
    const digest = pulumi
      .output(caBundle)
      .apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 8));
    const secret = new kubernetes.core.v1.Secret(
      `${name}-ca`,
      {
        metadata: { name: pulumi.interpolate`vault-ca-${digest}`, namespace },
        stringData: { "ca.crt": caBundle },
      },
      { parent: this },
    );
    return secret.metadata.name;
  }
}
