import * as pulumi from "@pulumi/pulumi";
import type { EncryptedShare } from "../components/vault/bootstrap/journal.ts";
import type { Settings } from "./settings.ts";

/**
 * What a stack tells the outside: people, and the stacks of other regions. The names are a contract between stacks
 * that are updated at different times; a name that is here once keeps its meaning.
 */
export interface RegionOutputs {
  /** `hub` or `edge`. */
  readonly role: Settings["role"];
  /** Linode region. */
  readonly region: string;
  /** LKE's id of the cluster. */
  readonly kubernetesClusterId: pulumi.Output<string>;
  /** Addresses of the Kubernetes API. */
  readonly kubernetesEndpoints: pulumi.Output<string[]>;
  /** Kubeconfig (YAML) of a cluster administrator. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The region's root certificate (PEM). */
  readonly caBundle: pulumi.Output<string>;
  /** Address of the region's Vault; absent where it has none. */
  readonly vaultAddress?: pulumi.Input<string>;
  /** Vault's own id of the cluster; absent where Vault is not the region's own. */
  readonly vaultClusterId?: pulumi.Output<string>;
  /** Key shares of the region's Vault, each a PGP message to one operator; absent where Vault is not the region's own. */
  readonly vaultKeyShares?: pulumi.Output<readonly EncryptedShare[]>;
}

const secretOutputs: ReadonlySet<keyof RegionOutputs> = new Set(["kubeconfig"]);

/** Prepares a region's outputs for export. Those that must be secret are, whatever became of the mark on their way. */
export function publish(outputs: RegionOutputs): Record<keyof RegionOutputs, unknown> {
  const marked = Object.entries(outputs)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [
      name,
      secretOutputs.has(name as keyof RegionOutputs) ? pulumi.secret(value) : (value as unknown),
    ]);
  return Object.fromEntries(marked) as Record<keyof RegionOutputs, unknown>;
}
