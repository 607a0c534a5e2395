import { ApiException, CoreV1Api, KubeConfig, V1Secret } from "@kubernetes/client-node";

import type { EncryptedShare } from "./journal.ts";

/** The key shares that belong to Vault's present key. */
export interface KeyShares {
  readonly shares: readonly EncryptedShare[];
  /** Public keys (base64 of the binary form) that they were encrypted to. */
  readonly operatorKeys: readonly string[];
}

/** Name of the Secret beside Vault that keeps the shares of the last re-key: nothing but PGP messages. */
const secretName = "vault-key-shares";
const dataKey = "shares.json";

/** Reads the shares that the last re-key left; undefined if there was none since the bootstrap. */
export async function readKeyShares(kubeconfig: string, namespace: string): Promise<KeyShares | undefined> {
  try {
    const { data } = await apiOf(kubeconfig).readNamespacedSecret({ name: secretName, namespace });
    return JSON.parse(Buffer.from(data?.[dataKey] ?? "", "base64").toString("utf8")) as KeyShares;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) {
      return undefined;
    }
    throw error;
  }
}

/** Keeps the shares of a re-key, in place of those of an earlier one. */
export async function writeKeyShares(
  kubeconfig: string,
  namespace: string,
  shares: KeyShares,
): Promise<void> {
  const api = apiOf(kubeconfig);
  const body = Object.assign(new V1Secret(), {
    metadata: { name: secretName, namespace },
    data: { [dataKey]: Buffer.from(JSON.stringify(shares)).toString("base64") },
  });
  if ((await readKeyShares(kubeconfig, namespace)) === undefined) {
    await api.createNamespacedSecret({ namespace, body });
  } else {
    await api.replaceNamespacedSecret({ name: secretName, namespace, body });
  }
}

function apiOf(kubeconfig: string): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return config.makeApiClient(CoreV1Api);
}
