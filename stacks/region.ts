import { CertManager } from "../components/certificates/cert-manager.ts";
import { LkeCluster } from "../components/cluster/lke-cluster.ts";
import { SharedSecrets } from "../components/federation/shared-secrets.ts";
import { resolveCharts } from "../components/helm/charts.ts";
import { RegionVault } from "../components/vault/region-vault.ts";
import type { RegionOutputs } from "../config/contract.ts";
import type { Settings } from "../config/settings.ts";
import { sharedSecretsPlan } from "./shared-secrets.ts";

/** What hub and edge have in common, in the order in which it comes up. */
export function region(settings: Settings): RegionOutputs {
  const charts = resolveCharts(settings.charts);
  const secrets = sharedSecretsPlan(settings, Object.keys(settings.vault?.peers ?? {}));

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
          "vault",
          {
            settings: settings.vault,
            chart: charts.vault,
            issuerName: certManager.issuerName,
            caBundle: certManager.caBundle,
            kubernetesClusterId: cluster.clusterId,
            kubeconfig: cluster.kubeconfig,
          },
          { providers: [cluster.provider] },
        );

  if (secrets !== undefined) {
    new SharedSecrets(
      "shared-secrets",
      { plan: secrets, backends: settings.secretBackends, protect: settings.protect },
      // The pushes' paths are those that this region's Vault grants.
      { providers: [cluster.provider], dependsOn: vault },
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
    vaultClusterId: vault?.clusterId,
    vaultKeyShares: vault?.shares,
  };
}
