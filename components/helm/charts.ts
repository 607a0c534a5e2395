import type { ChartOverride, ChartSettings } from "../../config/settings.ts";

/** A chart at an exact version, and where it is. */
export interface Chart {
  /** Name in the repository, or a whole `oci://` address. */
  readonly chart: string;
  /** Exact version. */
  readonly version: string;
  /** Address of the chart repository; absent where `chart` is an `oci://` address. */
  readonly repository?: string;
  /** Values of the stack's configuration, merged last over those of the component. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Every chart that the program installs. Upgrading one is one line here.
 * Sources: the repositories are those that each project's installation page names.
 */
const published = {
  certManager: { chart: "cert-manager", version: "v1.21.2", repository: "https://charts.jetstack.io" },
  vault: { chart: "vault", version: "0.32.0", repository: "https://helm.releases.hashicorp.com" },
  vaultSecretsOperator: {
    chart: "vault-secrets-operator",
    version: "1.4.1",
    repository: "https://helm.releases.hashicorp.com",
  },
  externalSecrets: {
    chart: "external-secrets",
    version: "2.9.0",
    repository: "https://charts.external-secrets.io",
  },
} as const;

/** The charts of a region, each resolved to one source. */
export type Charts = Readonly<Record<keyof typeof published, Chart>>;

/** Applies a stack's settings to the table of charts: a chart's own override wins over the mirror, the mirror over the publisher. */
export function resolveCharts(settings: ChartSettings): Charts {
  return {
    certManager: resolve("certManager", settings.certManager, settings.mirror),
    vault: resolve("vault", settings.vault, settings.mirror),
    vaultSecretsOperator: resolve("vaultSecretsOperator", settings.vaultSecretsOperator, settings.mirror),
    externalSecrets: resolve("externalSecrets", settings.externalSecrets, settings.mirror),
  };
}

function resolve(key: keyof typeof published, override: ChartOverride, mirror: string | undefined): Chart {
  const { chart, version, repository } = published[key];
  const source = override.repository ?? mirror ?? repository;
  const resolved = { version: override.version ?? version, values: override.values };
  return source.startsWith("oci://")
    ? { ...resolved, chart: `${source.replace(/\/+$/, "")}/${chart}` }
    : { ...resolved, chart, repository: source };
}
