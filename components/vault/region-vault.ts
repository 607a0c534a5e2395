import * as pulumi from "@pulumi/pulumi";
import type * as vault from "@pulumi/vault";

import type { ServiceAccountIssuer } from "../../config/contract.ts";
import { seconds } from "../../config/rules.ts";
import type { VaultSettings } from "../../config/vault-settings.ts";
import { ServiceAccountKeys } from "../cluster/service-account-keys.ts";
import type { Chart } from "../helm/charts.ts";
import type { EncryptedShare } from "./bootstrap/journal.ts";
import { peerLoginPath, pulumiPolicy, type LocalSecretPaths } from "./policies.ts";
import type { PodLogin } from "./pod-role.ts";
import { VaultAccess } from "./vault-access.ts";
import { VaultBootstrap } from "./vault-bootstrap.ts";
import { vaultProvider } from "./vault-provider.ts";
import { VaultServer } from "./vault-server.ts";
import { activeServerAddress, vaultNames } from "./vault-values.ts";

/** What {@link RegionVault} needs. */
export interface RegionVaultArgs {
  /** This region's name: that of its stack. */
  readonly region: string;
  /** Which Vault: one of the region's own, or one that exists. */
  readonly settings: VaultSettings;
  /** Vault's chart. */
  readonly chart: Chart;
  /** ClusterIssuer that signs the servers' certificate. */
  readonly issuerName: pulumi.Input<string>;
  /** The region's root certificate (PEM). */
  readonly caBundle: pulumi.Input<string>;
  /** Id of the Kubernetes cluster. */
  readonly kubernetesClusterId: pulumi.Input<string>;
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** The Kubernetes cluster, with which a Vault of the region's own dies. */
  readonly cluster: pulumi.Resource;
  /** What External Secrets reads and writes in Vault for the region itself. */
  readonly localSecrets: LocalSecretPaths;
  /** Whether servers of the region's own, and the data in either Vault, are protected. */
  readonly protect: boolean;
}

/** What pods of a region need to use its Vault. Everything here is known when what it names is there. */
export interface LocalVault {
  /** Address of Vault for pods. */
  readonly address: pulumi.Input<string>;
  /** CA certificates (PEM) that Vault's own descends from; absent where the system knows them. */
  readonly caBundle?: pulumi.Input<string>;
  /** Vault namespace, of HCP and Enterprise. */
  readonly namespace?: string;
  /** Path of the KV version 2 mount. */
  readonly mountPath: pulumi.Input<string>;
  /** How pods log in. */
  readonly login: PodLogin;
  /** Role that each consuming namespace logs in with, by namespace. */
  readonly consumerRoles: Readonly<Record<string, pulumi.Input<string>>>;
  /** Role that the External Secrets Operator logs in with. */
  readonly externalSecretsRole: pulumi.Input<string>;
}

/**
 * A region's Vault, ready for use. Creates, in this order: the servers, their bootstrap, a provider that logs in, and
 * everything inside Vault. Of a Vault that exists already only the last two, and before them the keys that pods are known by.
 */
export class RegionVault extends pulumi.ComponentResource {
  /** Address of Vault from outside. */
  readonly address: pulumi.Output<string>;
  /** CA certificates (PEM) that Vault is trusted by; absent where the system's own are enough. */
  readonly caBundle?: pulumi.Input<string>;
  /** Vault's own id of the cluster; absent where Vault existed before. */
  readonly clusterId?: pulumi.Output<string>;
  /** Key shares, each for one operator; absent where Vault existed before. */
  readonly shares?: pulumi.Output<readonly EncryptedShare[]>;
  /** Provider for everything inside Vault. */
  readonly provider: vault.Provider;
  /** What pods of the region need to use it. */
  readonly local: LocalVault;
  /** What all that is inside Vault dies with, so that it is not deleted one by one; absent where Vault existed before. */
  readonly diesWith?: pulumi.Resource;

  constructor(name: string, args: RegionVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    const { settings } = args;
    // What else there is of arguments is recorded with the components that use it.
    super("vault-federation:vault:RegionVault", name, { mode: settings.mode }, opts);

    let podIssuer: pulumi.Output<ServiceAccountIssuer> | undefined;
    if (settings.mode === "external") {
      podIssuer = new ServiceAccountKeys(
        `${name}-service-account-keys`,
        { kubeconfig: pulumi.secret(args.kubeconfig) },
        { parent: this },
      ).signer;
      this.address = pulumi.output(settings.address);
      this.caBundle = settings.caBundle;
      this.provider = vaultProvider(
        `${name}-provider`,
        { address: settings.address, caBundle: settings.caBundle, namespace: settings.namespace },
        { parent: this },
      );
    } else {
      const servers = new VaultServer(
        `${name}-server`,
        { ...settings, chart: args.chart, issuerName: args.issuerName, protect: args.protect },
        { parent: this },
      );
      const bootstrap = new VaultBootstrap(
        `${name}-bootstrap`,
        {
          kubernetesClusterId: args.kubernetesClusterId,
          kubeconfig: args.kubeconfig,
          namespace: vaultNames.namespace,
          replicas: settings.replicas,
          caBundle: args.caBundle,
          operatorKeys: settings.operators.map(({ publicKey }) => publicKey),
          threshold: settings.threshold,
          pulumiPolicy: pulumiPolicy({ ownsServers: true }),
          timeoutSeconds: seconds(settings.bootstrapTimeout),
        },
        // Nothing of the servers is an input: they are addressed by names that are known beforehand.
        { parent: this, dependsOn: servers },
      );
      this.address = servers.address;
      this.caBundle = args.caBundle;
      this.diesWith = args.cluster;
      this.clusterId = bootstrap.clusterId;
      this.shares = bootstrap.shares;
      this.provider = vaultProvider(
        `${name}-provider`,
        { address: servers.address, caBundle: args.caBundle, access: bootstrap.access },
        { parent: this },
      );
    }

    const access = new VaultAccess(
      `${name}-access`,
      {
        consumers: settings.consumers,
        localSecrets: args.localSecrets,
        ownsServers: settings.mode === "server",
        replicas: settings.mode === "server" ? settings.replicas : 0,
        protect: args.protect,
        podLoginPath: peerLoginPath(args.region),
        podIssuer,
      },
      {
        parent: this,
        providers: [this.provider],
        // A Vault that is sealed or gone can't hold up the end of its cluster.
        deletedWith: this.diesWith,
      },
    );

    const isServer = settings.mode === "server";
    const localAddress = isServer ? activeServerAddress : settings.address;
    this.local = {
      address: access.mountPath.apply(() => localAddress),
      caBundle: this.caBundle,
      namespace: isServer ? undefined : settings.namespace,
      mountPath: access.mountPath,
      login: access.podLogin,
      consumerRoles: access.consumerRoles,
      externalSecretsRole: access.externalSecretsRole,
    };

    this.registerOutputs({ address: this.address, clusterId: this.clusterId, shares: this.shares });
  }
}
