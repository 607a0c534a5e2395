import * as pulumi from "@pulumi/pulumi";

import { CertManager } from "../components/certificates/cert-manager.ts";
import { LkeCluster } from "../components/cluster/lke-cluster.ts";
import { Federation } from "../components/federation/federation.ts";
import { resolveCharts } from "../components/helm/charts.ts";
import { RegionVault } from "../components/vault/region-vault.ts";
import type { RegionOutputs } from "../config/contract.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import type { Settings } from "../config/settings.ts";

/** What hub and edge have in common, in the order in which it comes up. */
export function region(settings: Settings, peers: Readonly<Record<string, KnownPeer>>): RegionOutputs {
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
          "vault",
          {
            settings: settings.vault,
            chart: charts.vault,
            issuerName: certManager.issuerName,
            caBundle: certManager.caBundle,
            kubernetesClusterId: cluster.clusterId,
            kubeconfig: cluster.kubeconfig,
            localSecrets: { writes: [], reads: [], lists: [] },
            peers: Object.keys(peers),
          },
          { providers: [cluster.provider] },
        );

  const federation =
    vault === undefined || Object.keys(peers).length === 0
      ? undefined
      : new Federation(
          "federation",
          {
            region: pulumi.getStack(),
            peers,
            writablePaths: () => [],
            link: settings.link,
            localVault: { address: vault.localAddress, caBundle: vault.caBundle },
            kubeconfig: cluster.kubeconfig,
          },
          // Policies, the pods' login and the mount are there before anybody is let in.
          { providers: [cluster.provider, vault.provider], dependsOn: [vault] },
        );

  return {
    role: settings.role,
    region: settings.cluster.region,
    kubernetesClusterId: cluster.clusterId,
    kubernetesEndpoints: cluster.endpoints,
    kubeconfig: cluster.kubeconfig,
    caBundle: certManager.caBundle,
    vaultAddress: vault?.address,
    vaultCaBundle: vault?.caBundle,
    vaultClusterId: vault?.clusterId,
    vaultKeyShares: vault?.shares,
    linkAuth: vault === undefined ? undefined : settings.link.auth,
    serviceAccountIssuer: federation?.serviceAccountIssuer,
    links: federation?.links ?? {},
  };
}
