import type * as pulumi from "@pulumi/pulumi";

import { ExternalSecrets } from "../components/delivery/external-secrets.ts";
import { VaultSecretsOperator } from "../components/delivery/vault-secrets-operator.ts";
import type { Charts } from "../components/helm/charts.ts";
import type { LocalVault } from "../components/vault/region-vault.ts";
import type { DeliverySettings } from "../config/delivery-settings.ts";

/** The operators of a region that carry secrets: from its Vault to workloads, and between Vaults. */
export interface Delivery {
  readonly vaultSecretsOperator: VaultSecretsOperator;
  readonly externalSecrets: ExternalSecrets;
}

/**
 * Delivers the secrets of a region's Vault. The operators come up while Vault does, and then log in.
 * @param place The region, which all names hold.
 * @param issuerName ClusterIssuer of the region's certificates.
 */
export function delivery(
  place: string,
  settings: DeliverySettings,
  charts: Charts,
  issuerName: pulumi.Input<string>,
  vault: LocalVault,
  opts: pulumi.ComponentResourceOptions,
): Delivery {
  return {
    vaultSecretsOperator: new VaultSecretsOperator(
      `vault-secrets-operator-${place}`,
      { ...settings, chart: charts.vaultSecretsOperator, vault },
      opts,
    ),
    externalSecrets: new ExternalSecrets(
      `external-secrets-${place}`,
      { ...settings, chart: charts.externalSecrets, issuerName, vault },
      opts,
    ),
  };
}
