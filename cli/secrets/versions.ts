import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { VaultError } from "../../components/vault/api/vault-client.ts";
import { partPath } from "../../components/federation/secret-paths.ts";
import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { secretMount } from "../../components/vault/policies.ts";

/** One version of a path in Vault. */
export interface Version {
  readonly path: string;
  readonly version: number;
  readonly created: string;
  /** Whether Vault still has its content. */
  readonly readable: boolean;
}

interface Metadata {
  readonly data: {
    readonly versions: Readonly<
      Record<string, { created_time: string; deletion_time: string; destroyed: boolean }>
    >;
  };
}

/**
 * All versions that a region's Vault remembers of a secret, and of its writers' parts, the oldest first. It reads
 * metadata only.
 * @throws VaultError if the token may not.
 */
export async function versionsOf(
  vault: VaultClient,
  { path, register, writers }: PlannedSecret,
): Promise<Version[]> {
  const parts = register === undefined ? [] : writers.map((writer) => partPath(path, writer));
  const versions = await Promise.all([path, ...parts].map((place) => versionsAt(vault, place)));
  return versions.flat().sort((a, b) => a.created.localeCompare(b.created, "en"));
}

async function versionsAt(vault: VaultClient, path: string): Promise<Version[]> {
  try {
    const { data } = await vault.send<Metadata>("GET", `${secretMount}/metadata/${path}`);
    return Object.entries(data.versions).map(([version, { created_time, deletion_time, destroyed }]) => ({
      path,
      version: Number(version),
      created: created_time,
      readable: !destroyed && deletion_time === "",
    }));
  } catch (error) {
    if (error instanceof VaultError && error.status === 404) {
      return [];
    }
    throw error;
  }
}
