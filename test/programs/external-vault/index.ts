import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import { RegionVault, type RegionVaultArgs } from "#components/vault/region-vault.ts";
import { VaultDeparture } from "#components/vault/vault-departure.ts";

const config = new pulumi.Config();
const unused = "https://unused.example.test";

const settings = config.getObject<RegionVaultArgs["settings"]>("vault");
if (settings !== undefined) {
  declare(settings);
}

function declare(settings: RegionVaultArgs["settings"]): void {
  const region = new RegionVault("vault", {
    region: "hub",
    settings,
    chart: { chart: "vault", version: "0.0.0", values: {} },
    issuerName: unused,
    caBundle: unused,
    kubernetesClusterId: unused,
    kubeconfig: config.requireSecret("kubeconfig"),
    cluster: new pulumi.ComponentResource("test:index:Cluster", "cluster"),
    localSecrets: { writes: ["hub/*"], reads: [], lists: [] },
    protect: config.requireBoolean("protect"),
  });
  new VaultDeparture(
    "vault-departure",
    { address: region.address, caBundle: region.caBundle, providerUrn: region.provider.urn },
    { dependsOn: region },
  );
  // Something is left to do in Vault, but only when the file is there.
  const gate = config.get("gate");
  if (gate !== undefined) {
    new vault.Policy(
      "late",
      {
        name: "consumer-late",
        policy: pulumi.output(region.local.mountPath).apply(async () => whenThere(gate)),
      },
      { provider: region.provider },
    );
  }
}

async function whenThere(file: string): Promise<string> {
  while (!pulumi.runtime.isDryRun() && !existsSync(file)) {
    await sleep(50);
  }
  return 'path "secret/data/late" { capabilities = ["read"] }';
}
