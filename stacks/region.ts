import { CertManager } from "../components/certificates/cert-manager.ts";
import { LkeCluster } from "../components/cluster/lke-cluster.ts";
import { resolveCharts } from "../components/helm/charts.ts";
import { RegionVault } from "../components/vault/region-vault.ts";
import type { RegionOutputs } from "../config/contract.ts";
import type { Settings } from "../config/settings.ts";
import type { VaultSettings } from "../config/vault-settings.ts";

/** What hub and edge have in common, in the order in which it comes up. */
export function region(settings: Settings): RegionOutputs {
  const charts = resolveCharts(settings.charts);

  const cluster = new LkeCluster("cluster", settings.cluster, { protect: settings.protect });

  const certManager = new CertManager(
    "cert-manager",
    { ...settings.certManager, chart: charts.certManager, kubeconfig: cluster.kubeconfig },
    { providers: [cluster.provider] },
  );

  const vault =
    settings.vault === undefined
      ? undefined
      : new RegionVault(
          vaultName(settings.vault, settings.cluster.region),
          {
            settings: settings.vault,
            chart: charts.vault,
            issuerName: certManager.issuerName,
            caBundle: certManager.caBundle,
            kubernetesClusterId: cluster.clusterId,
            kubeconfig: cluster.kubeconfig,
            cluster: cluster.resource,
          },
          { providers: [cluster.provider] },
        );

  return {
    role: settings.role,
    region: settings.cluster.region,
    kubernetesClusterId: cluster.clusterId,
    kubernetesEndpoints: cluster.endpoints,
    kubeconfig: cluster.kubeconfig,
    caBundle: certManager.caBundle,
    vaultAddress: vault?.address,
    vaultClusterId: vault?.clusterId,
    vaultKeyShares: vault?.shares,
  };
}

/**
 * Another region has another Vault: with another name, all that is inside it is made there, and not taken for being
 * there already. A Vault that exists elsewhere stays the same whatever the region is; see docs/decisions/0005.
 */
function vaultName({ mode }: VaultSettings, linodeRegion: string): string {
  return mode === "server" ? `vault-${linodeRegion}` : "vault";
}
