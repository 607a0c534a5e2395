import { ApiException, CoreV1Api, V1Secret } from "@kubernetes/client-node";

import { kubeConfigFrom } from "../../cluster/kube-config.ts";
import { readBackup, type RekeyPaths, type RekeyResult } from "../api/rekey.ts";
import type { VaultClient } from "../api/vault-client.ts";
import type { EncryptedShare } from "./journal.ts";

/** The key shares that belong to Vault's present key. */
export interface KeyShares {
  /** Vault's id of the cluster that they belong to. */
  readonly clusterId: string;
  readonly shares: readonly EncryptedShare[];
  /** Public keys (base64 of the binary form) that they were encrypted to. */
  readonly operatorKeys: readonly string[];
  /** Shares that are needed together. Absent where they were kept by a version that did not say. */
  readonly threshold?: number;
}

/** Name of the Secret beside Vault that keeps the shares of its present key: nothing but PGP messages. */
const secretName = "vault-key-shares";
const dataKey = "shares.json";

/** The shares that a re-key brings. */
export function encryptedShares({
  keys_base64: keys,
  pgp_fingerprints: owners,
}: RekeyResult): EncryptedShare[] {
  return owners.map((fingerprint, index) => ({ fingerprint, ciphertext: keys[index] ?? "" }));
}

/** The shares of the last re-key that Vault itself still has a copy of; undefined if it has none. */
export async function copiedShares(
  server: VaultClient,
  paths: RekeyPaths,
): Promise<readonly EncryptedShare[] | undefined> {
  const backup = await readBackup(server, paths);
  return (
    backup &&
    Object.entries(backup).flatMap(([fingerprint, ciphertexts]) =>
      ciphertexts.map((ciphertext) => ({ fingerprint, ciphertext })),
    )
  );
}

/**
 * Reads the shares that the bootstrap or the last re-key left; undefined if there are none.
 * @param clusterId Vault's id of the cluster that they must belong to; absent, any.
 * @throws Error if they belong to another: whoever was given them would be sure to have what he has not.
 */
export async function readKeyShares(
  kubeconfig: string,
  namespace: string,
  clusterId?: string,
): Promise<KeyShares | undefined> {
  const secret = await readSecret(apiOf(kubeconfig), namespace);
  if (secret === undefined) {
    return undefined;
  }
  const kept = JSON.parse(Buffer.from(secret.data?.[dataKey] ?? "", "base64").toString("utf8")) as KeyShares;
  if (clusterId !== undefined && kept.clusterId !== clusterId) {
    throw new Error(
      `Secret ${namespace}/${secretName} holds the key shares of Vault's cluster ${kept.clusterId}, but this stack's is ${clusterId}. ` +
        `If that cluster is gone for good, delete them: kubectl -n ${namespace} delete secret ${secretName}, then try again.`,
    );
  }
  return kept;
}

/** Keeps the shares of a new key, in place of those of an earlier one. */
export async function writeKeyShares(
  kubeconfig: string,
  namespace: string,
  shares: KeyShares,
): Promise<void> {
  const api = apiOf(kubeconfig);
  const present = await readSecret(api, namespace);
  const body = Object.assign(new V1Secret(), {
    metadata: { name: secretName, namespace, resourceVersion: present?.metadata?.resourceVersion },
    data: { [dataKey]: Buffer.from(JSON.stringify(shares)).toString("base64") },
  });
  if (present === undefined) {
    await api.createNamespacedSecret({ namespace, body });
  } else {
    await api.replaceNamespacedSecret({ name: secretName, namespace, body });
  }
}

async function readSecret(api: CoreV1Api, namespace: string): Promise<V1Secret | undefined> {
  try {
    return await api.readNamespacedSecret({ name: secretName, namespace });
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) {
      return undefined;
    }
    throw error;
  }
}

function apiOf(kubeconfig: string): CoreV1Api {
  return kubeConfigFrom(kubeconfig).makeApiClient(CoreV1Api);
}
