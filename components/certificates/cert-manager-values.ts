/**
 * Values of cert-manager's chart.
 * Source: deploy/charts/cert-manager/values.yaml of the respective version.
 */
export function certManagerValues(chartVersion: string, replicas: number): Record<string, unknown> {
  return {
    ...customResourceDefinitions(chartVersion),
    replicaCount: replicas,
    webhook: { replicaCount: replicas },
    cainjector: { replicaCount: replicas },
    // The kube-system default of the chart needs rights outside its own namespace.
    global: { leaderElection: { namespace: "cert-manager" } },
  };
}

/** The definitions come with the release; chart 1.15 renamed the switch. */
function customResourceDefinitions(chartVersion: string): Record<string, unknown> {
  const [major, minor] = chartVersion.replace(/^v/, "").split(".").map(Number);
  const renamed = (major ?? 0) > 1 || (minor ?? 0) >= 15;
  return renamed ? { crds: { enabled: true } } : { installCRDs: true };
}
