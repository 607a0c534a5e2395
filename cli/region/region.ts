import { KubeConfig } from "@kubernetes/client-node";

import type { EncryptedShare } from "../../components/vault/bootstrap/journal.ts";
import {
  readKeyShares,
  writeKeyShares,
  type KeyShares,
} from "../../components/vault/bootstrap/key-shares.ts";
import { Servers } from "../../components/vault/bootstrap/servers.ts";
import { stackOutputs, type StackOutputs } from "./pulumi-stack.ts";
import { VaultPods } from "./vault-pods.ts";

/** A stack's Vault, reached through the Kubernetes API as the stack's outputs say. */
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
    const outputs = await stackOutputs(stack, folder);
    const config = new KubeConfig();
    config.loadFromString(outputs.kubeconfig);
    const pods = new VaultPods(config, outputs.vaultNamespace);
    const set = await pods.statefulSet();
    return new Region(stack, outputs, config, pods, set.spec?.replicas ?? 0);
  }

  /** The shares of Vault's present key: after a re-key those that it left, which `pulumi up` may not have seen yet. */
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
