import type { KubeConfig } from "@kubernetes/client-node";

import { kubeConfigFrom } from "../../components/cluster/kube-config.ts";
import type { EncryptedShare } from "../../components/vault/bootstrap/journal.ts";
import {
  readKeyShares,
  writeKeyShares,
  type KeyShares,
} from "../../components/vault/bootstrap/key-shares.ts";
import { Servers } from "../../components/vault/bootstrap/servers.ts";
import { actionNeeded } from "../failure.ts";
import { reachableVault, type ReachableVault, type StackOutputs } from "./pulumi-stack.ts";
import { VaultPods } from "./vault-pods.ts";

/** A stack's Vault, reached through the Kubernetes API as the stack's outputs, or its state, say. */
export class Region {
  readonly stack: string;
  readonly outputs: StackOutputs;
  readonly config: KubeConfig;
  readonly pods: VaultPods;
  readonly servers: Servers;

  private constructor(
    stack: string,
    outputs: StackOutputs,
    config: KubeConfig,
    pods: VaultPods,
    replicas: number,
  ) {
    this.stack = stack;
    this.outputs = outputs;
    this.config = config;
    this.pods = pods;
    const { kubeconfig, caBundle, vaultNamespace: namespace } = outputs;
    this.servers = new Servers({ kubeconfig, caBundle, namespace, replicas });
  }

  /** Opens a stack's Vault. @throws Failure if the stack or its cluster can't be read. */
  static async open(stack: string, folder: string): Promise<Region> {
    const vault = await reachableVault(stack, folder);
    const config = kubeConfigFrom(vault.kubeconfig);
    const pods = new VaultPods(config, vault.vaultNamespace);
    const set = await pods.statefulSet();
    const outputs = await withShares(stack, vault);
    return new Region(stack, outputs, config, pods, set.spec?.replicas ?? 0);
  }

  /** The shares of Vault's present key: those beside Vault, as `pulumi up` may not have seen those of a re-key yet. */
  async keyShares(): Promise<readonly EncryptedShare[]> {
    const { kubeconfig, vaultNamespace, vaultClusterId, vaultKeyShares } = this.outputs;
    return (await readKeyShares(kubeconfig, vaultNamespace, vaultClusterId))?.shares ?? vaultKeyShares;
  }

  /** Keeps the shares of a re-key, for {@link keyShares} and the next `pulumi up`. */
  keepKeyShares(shares: KeyShares): Promise<void> {
    return writeKeyShares(this.outputs.kubeconfig, this.outputs.vaultNamespace, shares);
  }

  /** Lets go of all connections. */
  close(): void {
    this.servers.close();
  }
}

/**
 * Adds the shares that the bootstrap left beside Vault, where the stack does not know of any.
 * @throws Failure if there are none there either.
 */
export async function withShares(stack: string, vault: ReachableVault): Promise<StackOutputs> {
  const { kubeconfig, vaultNamespace, vaultClusterId, vaultKeyShares } = vault;
  if (vaultClusterId !== undefined && vaultKeyShares !== undefined) {
    return { ...vault, vaultClusterId, vaultKeyShares };
  }
  const left = await readKeyShares(kubeconfig, vaultNamespace);
  if (left === undefined) {
    throw actionNeeded(
      `Vault of stack ${stack} has not been handed over to its operators yet, so nobody has a share of its key. ` +
        `Run \`pulumi up --stack ${stack}\`: it goes on from where it stopped, or says what is missing.`,
    );
  }
  return { ...vault, vaultClusterId: left.clusterId, vaultKeyShares: [...left.shares] };
}
