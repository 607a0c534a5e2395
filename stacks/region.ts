import * as pulumi from "@pulumi/pulumi";

import { CertManager } from "../components/certificates/cert-manager.ts";
import { LkeCluster } from "../components/cluster/lke-cluster.ts";
import { Federation } from "../components/federation/federation.ts";
import { localSecretPaths, peerSecretPaths } from "../components/federation/secret-paths.ts";
import { SharedSecrets } from "../components/federation/shared-secrets.ts";
import { resolveCharts } from "../components/helm/charts.ts";
import { RegionVault } from "../components/vault/region-vault.ts";
import { VaultDeparture } from "../components/vault/vault-departure.ts";
import type { RegionOutputs } from "../config/contract.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import type { Settings } from "../config/settings.ts";
import type { VaultSettings } from "../config/vault-settings.ts";
import { delivery } from "./delivery.ts";
import { sharedSecretsPlan } from "./shared-secrets.ts";

/**
 * What hub and edge have in common, in the order in which it comes up. All names hold the place: in another one everything
 * is made anew, also by an update that goes on after an interrupted one, before the old goes.
 */
export function region(settings: Settings, peers: Readonly<Record<string, KnownPeer>>): RegionOutputs {
  const charts = resolveCharts(settings.charts);
  const place = settings.cluster.region;
  const name = pulumi.getStack();
  const secrets = sharedSecretsPlan(settings, peers);

  const cluster = new LkeCluster(`cluster-${place}`, settings.cluster, { protect: settings.protect });

  const certManager = new CertManager(
    `cert-manager-${place}`,
    { ...settings.certManager, chart: charts.certManager, kubeconfig: cluster.kubeconfig },
    { providers: [cluster.provider] },
  );

  const vault =
    settings.vault === undefined
      ? undefined
      : new RegionVault(
          vaultName(settings.vault, place),
          {
            region: name,
            settings: settings.vault,
            chart: charts.vault,
            issuerName: certManager.issuerName,
            caBundle: certManager.caBundle,
            kubernetesClusterId: cluster.clusterId,
            kubeconfig: cluster.kubeconfig,
            cluster: cluster.resource,
            localSecrets: localSecretPaths(settings.secrets, name),
            protect: settings.protect,
          },
          { providers: [cluster.provider] },
        );

  const operators =
    vault === undefined || settings.delivery === undefined
      ? undefined
      : delivery(place, settings.delivery, charts, certManager.issuerName, vault.local, {
          providers: [cluster.provider],
          // Removing an operator waits for all its objects, also those of applications, which it alone could let go.
          deletedWith: cluster.resource,
        });

  const federation =
    vault === undefined || operators === undefined || Object.keys(peers).length === 0
      ? undefined
      : new Federation(
          `federation-${place}`,
          {
            region: name,
            peers,
            writablePaths: (peer) => peerSecretPaths(settings.secrets, name, peer),
            link: settings.link,
            localVault: vault.local,
            kubeconfig: cluster.kubeconfig,
          },
          {
            providers: [cluster.provider, vault.provider],
            // Policies, the pods' login, the mount and the operator's kinds are there before anybody is let in.
            dependsOn: [vault, operators.externalSecrets],
            deletedWith: vault.diesWith,
          },
        );

  if (secrets !== undefined && vault !== undefined && operators !== undefined) {
    new SharedSecrets(
      `shared-secrets-${place}`,
      { plan: secrets, backends: settings.secretBackends, protect: settings.protect },
      {
        providers: [cluster.provider],
        // The stores that they are pushed to, and the rights to do so, come first.
        dependsOn: [vault, operators.externalSecrets, ...(federation === undefined ? [] : [federation])],
        deletedWith: cluster.resource,
      },
    );
  }

  if (vault !== undefined && settings.vault?.mode === "external") {
    new VaultDeparture(
      "vault-departure",
      { address: vault.address, caBundle: vault.caBundle, providerUrn: vault.provider.urn },
      // It is the first to go: what is inside Vault goes only when it agrees.
      { dependsOn: federation === undefined ? vault : [vault, federation] },
    );
  }

  return {
    role: settings.role,
    region: settings.cluster.region,
    kubernetesClusterId: cluster.clusterId,
    kubernetesEndpoints: cluster.endpoints,
    kubeconfig: cluster.kubeconfig,
    caBundle: certManager.caBundle,
    vaultAddress: vault?.address,
    vaultCaBundle: vault?.caBundle,
    vaultEnterpriseNamespace: vault?.local.namespace,
    vaultClusterId: vault?.clusterId,
    vaultKeyShares: vault?.shares,
    linkAuth: vault === undefined ? undefined : settings.link.auth,
    serviceAccountIssuer: federation?.serviceAccountIssuer,
    peers: Object.keys(peers).sort(),
    links: federation?.links ?? {},
  };
}

/** A Vault that exists elsewhere stays the same wherever the region is; see docs/decisions/0004. */
function vaultName({ mode }: VaultSettings, place: string): string {
  return mode === "server" ? `vault-${place}` : "vault";
}
